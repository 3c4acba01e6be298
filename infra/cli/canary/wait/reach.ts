import { setTimeout as sleep } from 'node:timers/promises';
import type { Canary } from '../../../../functions/canary/canary.ts';
import { own } from '../../../../functions/json/check.ts';
import { isRecord, printable } from '../../../../functions/json/faults.ts';
import { UsageError } from '../../errors.ts';
import type { ApiAsk, ReleaseApi } from '../connection.ts';
import { isRunning } from '../release-view.ts';
import { readCanary, stepOf } from '../rows.ts';
import { ServerError } from '../server-error.ts';
import { passes } from '../watch.ts';
import type { Aim } from './aim.ts';

/** The times of a wait, in milliseconds. */
interface Pace {
  /** How often the canary is looked at. */
  readonly lookMs: number;
  /** What a look may take where the whole wait is shorter: API Gateway and a cold start are seconds. */
  readonly withinMs: number;
}

const PACE: Pace = { lookMs: 2_000, withinMs: 10_000 };

/**
 * Returns when it is so; throws UsageError where it will not be any more, or time is over, and what the API refuses.
 *
 * @param wanted the aim as it was typed
 */
export async function reach(
  api: ReleaseApi,
  key: { readonly namespace: string; readonly name: string },
  aim: Aim,
  { wanted, timeoutMs }: { readonly wanted: string; readonly timeoutMs: number },
  { lookMs, withinMs } = PACE,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  const signal = AbortSignal.timeout(Math.max(timeoutMs, withinMs));
  let [seen, ran] = [await look(api, key, aim, signal), false];
  while (seen !== 'reached') {
    const canary: Canary = seen;
    const end = endOf(canary, ran);
    if (end !== undefined) throw new UsageError(`canary "${key.name}" will not be ${wanted}: ${end}`);
    ran ||= isRunning(canary.status.release);
    const left = deadline - performance.now();
    if (left <= 0) throw new UsageError(`timed out waiting for ${wanted} on canary "${key.name}": ${whereOf(canary)}`);
    await sleep(Math.min(lookMs, left));
    seen = await look(api, key, aim, signal).catch((error: unknown) => {
      // An endpoint that is away for a moment comes back.
      if (passes(error)) return canary;
      throw error;
    });
  }
}

/** The canary, where it is not so yet. */
async function look(
  api: ReleaseApi,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  aim: Aim,
  signal: AbortSignal,
): Promise<Canary | 'reached'> {
  const path = `canaries/${encodeURIComponent(name)}`;
  const canary = readCanary((await api.ask({ method: 'GET', namespace, path, signal })).text);
  if (aim.what === 'phase') return canary.status.phase === aim.phase ? 'reached' : canary;
  const known = statusIn(canary.status.conditions, aim.type);
  const ask = { method: 'GET', namespace, path: `${path}/proxies`, signal };
  return (known ?? (await proxyStatus(api, ask, aim.type))) === aim.status ? 'reached' : canary;
}

/** That of a condition of the proxies, which are found when they are asked for. */
async function proxyStatus(api: ReleaseApi, ask: ApiAsk, type: string): Promise<string | undefined> {
  const text = await api.ask(ask).then(
    (answer) => answer.text,
    (error: unknown) => {
      // A deployment that serves no proxies has none.
      if (error instanceof ServerError && error.status === 404) return '{}';
      throw error;
    },
  );
  const value: unknown = JSON.parse(text);
  const conditions = isRecord(value) ? own(value, 'conditions') : undefined;
  return statusIn(Array.isArray(conditions) ? conditions : [], type);
}

/** The status of a condition, in lower case; undefined where there is none of the type. */
function statusIn(conditions: readonly unknown[], type: string): string | undefined {
  const found = conditions.filter(isRecord).find((one) => String(own(one, 'type')).toLowerCase() === type);
  return found === undefined ? undefined : String(own(found, 'status')).toLowerCase();
}

/** Why nothing is to be waited for any more; undefined while there is. @param ran whether a release went on before */
function endOf({ status }: Canary, ran: boolean): string | undefined {
  const { phase, release, conditions } = status;
  if (phase === 'Failed') return printable(`it has failed: ${conditions[0]?.message ?? 'aborted'}`);
  if (phase === 'Terminating') return 'it is being deleted';
  return ran && !isRunning(release) ? `its release is over: ${release?.state ?? phase}` : undefined;
}

function whereOf({ status: { phase, release } }: Canary): string {
  return release === undefined ? `it is ${phase}` : `it is ${phase}, ${release.state} at step ${stepOf(release)}`;
}
