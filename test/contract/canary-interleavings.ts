import { describe, expect, test } from 'vitest';
import type { CanaryStore } from '../../functions/canary/store.ts';
import { manifestOf } from '../support/canaries.ts';
import { everyOrder, type Gate, type Ran } from '../support/every-order.ts';
import { openReleaseEntryPoint, type ReleaseEntryPoint, type Told } from '../support/release-entry-point.ts';
import { at } from '../support/values.ts';
import { type CanaryStoreHarness, newCluster } from './canary-harness.ts';

type Act = (entryPoint: ReleaseEntryPoint, cart: string) => Promise<Told>;

/** What people and pipelines ask for at the same time. The spec and the patch send requests to the canary at any weight. */
const ACTS = {
  abort: (entryPoint, cart) => entryPoint.ask('POST', `${cart}/abort`),
  spec: (entryPoint, cart) => entryPoint.ask('PUT', cart, { body: manifestOf({ mirror: { percentage: 20 } }) }),
  patch: (entryPoint, cart) =>
    entryPoint.ask('PATCH', cart, {
      body: { spec: { match: [{ headers: { qa: { exact: 'yes' } } }] } },
      headers: { 'content-type': 'application/merge-patch+json' },
    }),
  weights: (entryPoint, cart) => {
    const backends = [
      { name: 'stable', weight: 10 },
      { name: 'canary', weight: 90 },
    ];
    return entryPoint.ask('PUT', `${cart}/weights`, { body: { backends }, headers: { 'if-match': '*' } });
  },
  delete: (entryPoint, cart) => entryPoint.ask('DELETE', cart),
  retry: (entryPoint, cart) => entryPoint.ask('POST', `${cart}/retry`),
  start: (entryPoint, cart) => entryPoint.ask('POST', `${cart}/start`),
  promote: (entryPoint, cart) => entryPoint.ask('POST', `${cart}/promote`, { body: { full: true } }),
  pause: (entryPoint, cart) => entryPoint.ask('POST', `${cart}/pause`),
  resume: (entryPoint, cart) => entryPoint.ask('POST', `${cart}/resume`),
  skip: (entryPoint, cart) => entryPoint.ask('POST', `${cart}/skip`),
  undo: (entryPoint, cart) => entryPoint.ask('POST', `${cart}/undo`),
  /** Writes what the clock has changed, where it reads that. */
  read: (entryPoint, cart) => entryPoint.ask('GET', cart),
} as const satisfies Record<string, Act>;

type Verb = keyof typeof ACTS;

const PAIRS: readonly (readonly Verb[])[] = [
  ['abort', 'spec'],
  ['abort', 'patch'],
  ['abort', 'weights'],
  ['abort', 'delete'],
  ['abort', 'retry'],
  ['abort', 'abort'],
  ['abort', 'read'],
];
const CROWDS: readonly (readonly Verb[])[] = [
  ['abort', 'spec', 'weights'],
  ['abort', 'patch', 'delete'],
  ['abort', 'spec', 'retry'],
  ['abort', 'retry', 'retry'],
  ['abort', 'spec', 'patch'],
  ['abort', 'read', 'read'],
  ['abort', 'read', 'weights'],
  ['abort', 'read', 'delete'],
];

/** The cart at 50/50, aborted after that, or new and due to be `Initialized`. */
const STARTS = ['Progressing', 'Failed', 'Initializing'] as const;
/** With a strategy: at rest, at the first weight of its release, or paused there. */
type Start = (typeof STARTS)[number] | 'Ready' | 'Releasing' | 'Paused';

/** Those that steer a release, where they do something. */
const STEERED: readonly { readonly start: Start; readonly verbs: readonly Verb[] }[] = [
  { start: 'Ready', verbs: ['abort', 'start'] },
  { start: 'Releasing', verbs: ['abort', 'promote'] },
  { start: 'Releasing', verbs: ['abort', 'pause'] },
  { start: 'Releasing', verbs: ['abort', 'skip'] },
  { start: 'Releasing', verbs: ['abort', 'undo'] },
  { start: 'Paused', verbs: ['abort', 'resume'] },
  { start: 'Ready', verbs: ['abort', 'start', 'retry'] },
  { start: 'Releasing', verbs: ['abort', 'skip', 'promote'] },
  { start: 'Releasing', verbs: ['abort', 'retry', 'skip'] },
  { start: 'Paused', verbs: ['abort', 'resume', 'undo'] },
];

/**
 * What every store of canaries does when requests of the release API meet in every order of their reads and writes.
 *
 * @param most how many requests meet: with three there are hundreds of orders, for a store that takes no time
 */
export function canaryInterleavingsContract(title: string, open: () => Promise<CanaryStoreHarness>, most: 2 | 3): void {
  describe(`canary store, every order of requests: ${title}`, () => {
    const all = [...[...PAIRS, ...CROWDS].flatMap((verbs) => STARTS.map((start) => ({ verbs, start }))), ...STEERED];
    const rows = all
      .filter(({ verbs }) => verbs.length <= most)
      .map((row) => ({ ...row, name: row.verbs.join(' × ') }));
    test.each(rows)('$name on a canary that is $start: nothing decided before an abort comes after it', async (row) => {
      const { verbs, start } = row;
      // A store of its own: one in memory is the slower the more it holds.
      const { store, close } = await open();
      let cluster = '';
      const begin = async (): Promise<readonly ((gate: Gate) => Promise<Told>)[]> => {
        cluster = newCluster();
        await prepare(entryPointOf(store, cluster), pathOf(cluster), start);
        return verbs.map((verb) => (gate) => ACTS[verb](entryPointOf(gated(store, gate), cluster), pathOf(cluster)));
      };
      const orders = await everyOrder(begin, async (ran) => {
        const after = await entryPointOf(store, cluster).ask('GET', pathOf(cluster));
        check(verbs, ran, after);
      });
      expect(orders).toBeGreaterThan(1);
      await close?.();
    }, 120_000);
  });
}

const pathOf = (cluster: string): string =>
  `/apis/outrigger.dev/v1alpha1/clusters/${cluster}/namespaces/shop/canaries/cart`;

function entryPointOf(store: CanaryStore, cluster: string): ReleaseEntryPoint {
  const entryPoint = openReleaseEntryPoint({ store });
  entryPoint.records.putClusterRecord(cluster, {});
  entryPoint.at(100);
  return entryPoint;
}

async function prepare(entryPoint: ReleaseEntryPoint, cart: string, start: Start): Promise<void> {
  entryPoint.at(0);
  const steered = ['Ready', 'Releasing', 'Paused'].indexOf(start);
  const spec = steered === -1 ? {} : { strategy: { steps: [{ setWeight: 10 }, { setWeight: 50 }] } };
  expect((await entryPoint.ask('PUT', cart, { body: manifestOf(spec) })).status).toBe(201);
  entryPoint.at(100);
  if (start === 'Initializing') return;
  if (steered !== -1) {
    const before = [[], [ACTS.start, ACTS.skip], [ACTS.start, ACTS.skip, ACTS.pause]][steered] ?? [];
    for (const act of before) expect((await act(entryPoint, cart)).status).toBe(200);
    return;
  }
  expect((await ACTS.weights(entryPoint, cart)).status).toBe(200);
  if (start === 'Failed') expect((await ACTS.abort(entryPoint, cart)).status).toBe(200);
}

/** A store whose reads of the canary, and writes, wait for their turn. */
function gated(store: CanaryStore, gate: Gate): CanaryStore {
  const after =
    <A extends readonly unknown[], T>(step: string, work: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      await gate(step);
      return await work(...args);
    };
  return {
    ...store,
    getCanary: after('read', store.getCanary),
    create: after('write', store.create),
    update: after('write', store.update),
    // It may lose: then nothing is written, and the read is answered all the same.
    writePhase: after('clock', store.writePhase),
    abort: after('write', store.abort),
    remove: after('write', store.remove),
  };
}

function check(verbs: readonly Verb[], { steps, results }: Ran<Told>, after: Told): void {
  const order = steps.map(({ actor, step }) => `${verbs[actor]} ${step}`).join(', ');
  const statuses = verbs.map((verb, actor) => `${verb} ${results[actor]?.status}`).join(', ');
  const story = `${order}: ${statuses}; then ${JSON.stringify(after.body['status'])}`;
  const stepsOf = (actor: number): readonly number[] => steps.flatMap((s, i) => (s.actor === actor ? [i] : []));
  const isDone = (actor: number): boolean => results[actor]?.status === 200;
  const writesOf = (actor: number): readonly number[] =>
    stepsOf(actor).filter((i) => steps[i]?.step === 'write' && isDone(actor));
  const aborts = verbs.flatMap((verb, actor) => (verb === 'abort' ? writesOf(actor).slice(-1) : []));
  for (const result of results) expect([200, 409], story).toContain(result.status);
  for (const [actor, verb] of verbs.entries()) if (verb === 'abort') expect(isDone(actor), story).toBe(true);
  const last = Math.max(...aborts);
  const later = verbs.flatMap((verb, actor) => {
    const wrote = verb === 'abort' ? undefined : writesOf(actor).at(-1);
    return wrote === undefined || wrote < last ? [] : [stepsOf(actor)[0] ?? -1];
  });
  for (const firstRead of later) expect(firstRead, story).toBeGreaterThan(last);
  if (aborts.length === 0 || later.length > 0) return;
  expect(['Failed', 'Terminating'], story).toContain(at(after.body, 'status', 'phase'));
  expect(at(after.body, 'status', 'weights', 'canary'), story).toBe(0);
}
