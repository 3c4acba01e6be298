import { isDeepStrictEqual } from 'node:util';
import { Command } from 'commander';
import type { Track } from '../../../functions/canary/canary.ts';
import { own } from '../../../functions/json/check.ts';
import { isRecord } from '../../../functions/json/faults.ts';
import type { Json } from '../../../functions/json/json.ts';
import { UsageError } from '../errors.ts';
import { type ApiOptions, openApi, type ReleaseApi, withApiOptions } from './connection.ts';
import type { HttpAnswer } from './http.ts';
import { percentOf } from './rows.ts';
import { ServerError } from './server-error.ts';

interface Options extends ApiOptions {
  readonly reason?: string;
  readonly force?: boolean;
}

/** The canary has another version by now. */
const PRECONDITION_FAILED = 412;
const PERCENT = /^(\d{1,3}(?:\.\d{1,2})?)%?$/;

/** `outrigger canary set-weight NAME 20`: the canary's share in percent. */
export function setWeightCommand(): Command {
  return withApiOptions(new Command('set-weight'))
    .description('Set the share of the canary, in percent; stable gets the rest.')
    .argument('<name>')
    .argument('<percent>', '0 to 100; with totalWeight 10000 up to two decimals')
    .option('--reason <text>', 'why, for the history')
    .option('--force', 'also while a freeze is in force, or proxies find too few Pods of the canary; needs --reason')
    .action(async (name: string, percent: string, { reason, force, ...options }: Options) => {
      if (force === true && reason === undefined) throw new UsageError('--force needs --reason, for the history');
      const key = { namespace: options.namespace ?? 'default', name };
      const why = { reason, force };
      const { stable, canary } = await setWeight(await openApi(options), key, percent, why);
      process.stdout.write(`canary.outrigger.dev/${name} weights set: stable ${stable}%, canary ${canary}%\n`);
    });
}

/**
 * Sets the canary's share, of the weights that were read before: another writer in between makes it a conflict. The clock
 * is no such writer: where it has only made the canary `Initialized` meanwhile, the share is set all the same.
 *
 * @param percent as a person types it; throws UsageError where it is none, or the total cannot express it
 * @returns both shares, of 100
 */
export async function setWeight(
  api: ReleaseApi,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  percent: string,
  { reason, force }: { readonly reason?: string | undefined; readonly force?: boolean | undefined } = {},
): Promise<Readonly<Record<Track, number>>> {
  const path = `canaries/${encodeURIComponent(name)}/weights`;
  const readWeights = async (): Promise<HttpAnswer> => await api.ask({ method: 'GET', namespace, path });
  const before = await readWeights();
  const total = numberIn(before, 'totalWeight');
  const canary = shareOf(percent, total);
  const backends = [
    { name: 'stable', weight: total - canary },
    { name: 'canary', weight: canary },
  ];
  const body = { backends, ...(reason === undefined ? {} : { reason }) };
  const put = async ({ headers: { etag = '*' } }: HttpAnswer): Promise<void> => {
    const query = force === true ? { force: 'true', reason } : {};
    await api.ask({ method: 'PUT', namespace, path, query, body, headers: { 'if-match': etag } });
  };
  await put(before).catch(async (error: unknown) => {
    const isMoved = error instanceof ServerError && error.status === PRECONDITION_FAILED;
    const again = isMoved ? await readWeights() : before;
    if (!isMoved || !isOnlyInitialized(before, again)) throw error;
    await put(again);
  });
  return { stable: percentOf(total - canary, total), canary: percentOf(canary, total) };
}

/** Whether nothing but the phase differs, and that as the clock moves it. */
function isOnlyInitialized(before: HttpAnswer, after: HttpAnswer): boolean {
  const [{ phase: was, metadata: _, ...old }, { phase: is, metadata: __, ...now }] = [read(before), read(after)];
  return was === 'Initializing' && is === 'Initialized' && isDeepStrictEqual(old, now);
}

/** `outrigger canary delete NAME…`. */
export function deleteCommand(): Command {
  return withApiOptions(new Command('delete'))
    .description('Delete canaries: requests go the ordinary way at once.')
    .argument('<name...>')
    .action(async (names: string[], options: ApiOptions) => {
      const api = await openApi(options);
      const namespace = options.namespace ?? 'default';
      for (const name of names) {
        await api.ask({ method: 'DELETE', namespace, path: `canaries/${encodeURIComponent(name)}` });
        process.stdout.write(`canary.outrigger.dev "${name}" deleted from ${namespace} namespace\n`);
      }
    });
}

/** A share of the total as a weight; throws UsageError where it is none, or the total cannot express it. */
function shareOf(percent: string, total: number): number {
  const value = Number(PERCENT.exec(percent)?.[1] ?? Number.NaN);
  if (!(value <= 100)) throw new UsageError(`the share must be a number from 0 to 100, not ${percent}`);
  // Counted in hundredths, which are whole: 0.07 * 100 is not 7.
  const weight = (Math.round(value * 100) * total) / 10_000;
  if (Number.isInteger(weight)) return weight;
  throw new UsageError(
    `${percent} cannot be expressed: this canary counts in whole percents (spec.totalWeight ${total})`,
  );
}

function read({ text }: HttpAnswer): Json {
  const value: unknown = JSON.parse(text);
  return isRecord(value) ? value : {};
}

function numberIn(answer: HttpAnswer, key: string): number {
  const number = own(read(answer), key);
  if (typeof number === 'number') return number;
  throw new UsageError('the endpoint answered something else than weights; is --url that of a release API?');
}
