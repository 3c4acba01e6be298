import type { ReleaseApi } from '../../cli/canary/connection.ts';
import { askUntil, awaitConfirmation, CART, type CanaryName, ORDERS } from './canary.ts';
import { at } from './json-path.ts';
import type { Load } from './load.ts';
import { paint, say, title } from './print.ts';
import type { Demo } from './review.ts';
import type { Shop } from './shop.ts';

/** The requests of both Services. */
interface Loads {
  readonly cart: Load;
  readonly orders: Load;
}

/** A release takes one minute to one and a half. */
const RELEASE_MS_MAX = 180_000;
const NAME_COLUMNS = 8;

/**
 * Part 6: two releases at once that run by themselves, by what the sidecar counts: a good version that is promoted, and a bad one
 * that is taken back. Throws where one ends otherwise.
 *
 * @param begin lets the requests to `orders` begin
 */
export async function showUnattended(demo: Demo, { api }: Shop, begin: () => Loads): Promise<void> {
  title('6. Two releases that run by themselves: a good version of cart, and one of orders that fails with 20 %');
  const loads = begin();
  for (const key of [CART, ORDERS]) await steer(api, key, 'start');
  const started = performance.now();
  const tell = ({ name }: CanaryName, text: string): void => {
    const seconds = `${Math.round((performance.now() - started) / 1_000)}`.padStart(5);
    say(`${seconds} s  ${name.padEnd(NAME_COLUMNS)}${text}`);
  };
  const [, from] = await Promise.all([
    follow(api, CART, demo.signal, tell).then(async (end) => await promote(demo, api, end, tell)),
    follow(api, ORDERS, demo.signal, tell).then(async (end) => await takenBack(demo, api, end, tell, loads.orders)),
  ]);
  const since = loads.orders.outcomes.slice(from);
  const reached = since.filter((outcome) => outcome === 'canary' || outcome === 'error').length;
  tell(ORDERS, `${reached} of ${since.length} requests since then reached the bad version`);
}

type Tell = (key: CanaryName, text: string) => void;
type End = { readonly phase: string; readonly message: string };

/** Tells every step of a release until it does nothing more by itself. */
async function follow(api: ReleaseApi, key: CanaryName, signal: AbortSignal, tell: Tell): Promise<End> {
  let last = '';
  return await askUntil(api, key, { signal, waitMs: RELEASE_MS_MAX }, (canary) => {
    const { phase, release, weight, message } = read(canary);
    if (phase === 'Failed') return { phase, message };
    const step = `${at(release, 'state')} ${at(release, 'currentStepIndex')}`;
    if (step !== last) tell(key, `${weight} %  ${at(release, 'verdict', 'sentence') ?? 'stable alone is measured'}`);
    last = step;
    return at(release, 'state') === 'WaitingPromotion' ? { phase: 'WaitingPromotion', message } : undefined;
  });
}

/** Ends the release of the good version: from now on it is the stable one. */
async function promote({ signal }: Demo, api: ReleaseApi, { phase, message }: End, tell: Tell): Promise<void> {
  if (phase !== 'WaitingPromotion') throw new Error(`the good version was not released: ${message}`);
  tell(CART, 'the Pods of cart-stable would get the new version here, as GitOps or kubectl set image does');
  await steer(api, CART, 'promote');
  await awaitConfirmation(api, CART, signal);
  tell(CART, paint('green', 'promoted'));
}

/** Tells why the bad version was taken back, and how many requests it failed. Returns how many had ended when no proxy ran it any more. */
async function takenBack(
  { signal }: Demo,
  api: ReleaseApi,
  { phase, message }: End,
  tell: Tell,
  { outcomes }: Load,
): Promise<number> {
  if (phase !== 'Failed') throw new Error(`the bad version was not convicted: ${message}`);
  tell(ORDERS, paint('red', message));
  await awaitConfirmation(api, ORDERS, signal);
  const errors = outcomes.filter((outcome) => outcome === 'error').length;
  tell(ORDERS, `taken back; ${errors} of ${outcomes.length} requests saw an error of the bad version`);
  return outcomes.length;
}

async function steer(api: ReleaseApi, { namespace, name }: CanaryName, verb: 'start' | 'promote'): Promise<void> {
  say(`   ${paint('bold', `$ npx outrigger canary ${verb} ${name} -n ${namespace}`)}`);
  await api.ask({ method: 'POST', namespace, path: `canaries/${name}/${verb}` });
}

function read(canary: unknown): { phase: string; release: unknown; weight: unknown; message: string } {
  const status = at(canary, 'status');
  return {
    phase: String(at(status, 'phase')),
    release: at(status, 'release'),
    weight: at(status, 'weights', 'canary'),
    message: String(at(status, 'conditions', 1, 'message')),
  };
}
