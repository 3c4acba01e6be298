import { type Stepped, type StepStore, stepRelease } from '../../functions/advance/step/step-release.ts';
import type { Canary } from '../../functions/canary/canary.ts';
import { type EvidenceRow, SLOT_MS } from '../../functions/canary/evidence/evidence-store.ts';
import type { AskHooks } from '../../functions/canary/hooks/ask-hooks.ts';
import type { MeasureMetrics } from '../../functions/canary/steps/measure-metrics.ts';
import type { CanaryStore } from '../../functions/canary/store.ts';
import type { TemplateWriter, WorkloadReader } from '../../functions/canary/workloads/workload.ts';
import { applyRelease, createRelease } from '../../functions/releases/apply-release.ts';
import type { ReleaseCall } from '../../functions/releases/call.ts';
import { settleCluster } from '../../functions/releases/settle/settle-cluster.ts';
import { steerRelease } from '../../functions/releases/steer-release.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import type { TableStore } from '../../functions/table/table-store.ts';
import { openUseCases, releaseManifest, type UseCases } from './use-cases.ts';

/** How a version behaves: a share of bad responses. */
export interface Behaviour {
  readonly stableBad?: number;
  readonly canaryBad?: number;
  /** Requests a second, over all callers. */
  readonly rps?: number;
  /** Callers: each has as many requests. */
  readonly proxies?: number;
  /** Seconds until proxies run what was written; infinite for never. */
  readonly lag?: number;
  /** Hosts that proxies find of the canary, of 10 of stable; undefined: none told. */
  readonly canaryHosts?: number;
}

/** A canary `shop/cart` with callers that poll, over a store in memory; time passes by `pass`. */
export interface ReleaseSimulator {
  readonly store: TableStore;
  readonly use: UseCases;
  behaviour: Behaviour;
  canary(): Promise<Canary>;
  /** Lets five seconds pass: callers report, and the release is looked at, as `looks` says. */
  pass(looks?: Looks): Promise<Stepped | undefined>;
  /** Lets time pass until the release is in one of the states or phases, at most so many minutes. */
  until(what: (canary: Canary) => boolean, minutes?: number, looks?: Looks): Promise<Canary>;
  /** Looks at the release once more without any time passing. */
  look(looks?: Looks): Promise<Stepped | undefined>;
  /** Lets five seconds pass in which the callers report, and nothing looks. */
  callers(): Promise<void>;
  /** Writes what the callers have counted in the next five seconds; no time passes. */
  report(): Promise<void>;
  /** Moves the clock; no time has passed. */
  jump(by: number): void;
  seconds(): number;
}

/** Which canary of `shop` it is; one of a group, or of several Kubernetes clusters, is not started. */
interface Place {
  readonly name?: string;
  readonly cluster?: string;
  /** With a store and a clock in common. */
  readonly beside?: ReleaseSimulator;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** Stores that stand between a look and the store. */
export interface Looks {
  readonly canaries?: CanaryStore;
  readonly steps?: StepStore;
  /** Measures metrics of other providers; a release that has none needs none. */
  readonly measure?: MeasureMetrics;
  /** Asks hooks; a release that has none needs none. */
  readonly hooks?: AskHooks;
  /** Reads workloads; a release that names none needs none. */
  readonly workloads?: WorkloadReader;
  readonly templates?: TemplateWriter;
}

/** For releases without metrics: none is ever measured. */
export const NO_METRICS: MeasureMetrics = async (_, record) => record;

/** When proxies know a new canary, in seconds after its creation. */
const READY = 70;

/**
 * Makes a canary with a strategy, at rest, whose release is started.
 *
 * @param seed of the numbers that are drawn
 */
export async function simulateRelease(
  strategy: object,
  behaviour: Behaviour = {},
  seed = 1,
  { name = 'cart', cluster = 'local', beside, spec = {} }: Place = {},
): Promise<ReleaseSimulator> {
  let clock: () => number = () => 0;
  const store = beside?.store ?? createMemoryStore(() => clock());
  const use = beside?.use ?? openUseCases(() => store);
  clock = use.now;
  const seconds = (): number => (use.now() - use.start) / 1_000;
  const draw = drawer(seed);
  const rows = new Map<number, EvidenceRow>();
  /** What proxies run: the canary as it was some time ago. */
  const written: { readonly at: number; readonly canary: Canary }[] = [];
  let runs: Canary | undefined;
  const signal = AbortSignal.timeout(600_000);
  const callOf = (canaries?: CanaryStore): ReleaseCall => {
    const call = use.call(name, canaries);
    return { ...call, key: { ...call.key, cluster } };
  };
  const { key } = callOf();
  const environment = `env of ${name}`;

  const simulator: ReleaseSimulator = {
    store,
    use,
    behaviour,
    seconds,
    report,
    canary: async () => {
      const canary = await store.getCanary(key, signal);
      if (canary === undefined) throw new Error('the canary is gone');
      return canary;
    },
    callers: async () => {
      await report();
      use.at(seconds() + 5);
    },
    jump: (by) => use.at(seconds() + by),
    pass: async (looks) => {
      await simulator.callers();
      return await simulator.look(looks);
    },
    look: async ({ canaries = store, steps = store, measure = NO_METRICS, workloads, templates, hooks } = {}) => {
      const call = { ...callOf(canaries), signal };
      const view = {
        reports: () => store.readProxyReports(key.cluster, signal),
        hosts: () => store.readHosts(key.cluster, signal),
        freezes: () => store.readFreezes(key.cluster, signal),
        freezesNow: () => store.readFreezes(key.cluster, signal),
        workloads,
        templates,
        hooks,
      };
      return await stepRelease(call, steps, await simulator.canary(), view, measure);
    },
    until: async (what, minutes = 120, looks = {}) => {
      for (let count = 0; count < minutes * 12; count++) {
        const canary = await simulator.canary();
        if (what(canary)) return canary;
        await simulator.pass(looks);
      }
      const { status } = await simulator.canary();
      throw new Error(`not within ${minutes} minutes: ${JSON.stringify(status)}`);
    },
  };
  const created = seconds();
  const { clusters, ...withoutStrategy } = spec;
  await createRelease(callOf(), releaseManifest(name, withoutStrategy));
  use.at(created + READY);
  const { canaries } = await store.listCanaries(key.cluster, signal);
  await settleCluster({ canaries: store, log: use.call().tools.log, now: use.now }, key.cluster, canaries, signal);
  await applyRelease(callOf(), releaseManifest(name, { ...spec, strategy }));
  use.at(created + READY + 30);
  if (spec['group'] !== undefined || clusters !== undefined) return simulator;
  const outcome = await steerRelease(callOf(), 'start');
  if (outcome.outcome !== 'written') throw new Error(JSON.stringify(outcome));
  return simulator;

  /** Five seconds of every caller: what it counted under the routes that it runs, and that it runs them. */
  async function report(): Promise<void> {
    const { proxies = 4, lag = 2, canaryHosts } = simulator.behaviour;
    const now = use.now();
    const canary = await simulator.canary();
    if (written.at(-1)?.canary.metadata.resourceVersion !== canary.metadata.resourceVersion) {
      written.push({ at: now, canary });
    }
    runs = written.findLast((one) => one.at + lag * 1_000 <= now + 5_000)?.canary ?? runs;
    if (runs === undefined) return;
    await note(runs, now, proxies);
    const version = { version: 'v', canaries: { [`shop/${name}`]: runs.metadata.resourceVersion } };
    const polled = Array.from({ length: proxies }, (_, i) => [keyFor(name, i), [0, 0, 0, 0] as const] as const);
    await store.writeProxyReport(
      key.cluster,
      environment,
      {
        writtenAt: now + 5_000,
        versions: [version],
        proxies: Object.fromEntries(polled),
        names: {},
        sampling: 1,
        namespaces: ['shop'],
      },
      signal,
    );
    if (canaryHosts === undefined) return;
    const heard = Array.from(
      { length: proxies },
      (_, i) => [keyFor(name, i), 1, 0, 10, 10, canaryHosts, canaryHosts] as const,
    );
    await store.writeHosts(
      key.cluster,
      environment,
      { writtenAt: now + 5_000, targets: [[`shop/${name}/8080/r1`, heard]] },
      signal,
    );
  }

  async function note(runs: Canary, now: number, proxies: number): Promise<void> {
    const { rps = 100, stableBad = 0.001, canaryBad = 0.001 } = simulator.behaviour;
    // At rest the tracks have no requests.
    if (rps === 0 || runs.status.atRest) return;
    const slot = Math.floor(now / SLOT_MS) * SLOT_MS;
    const before = rows.get(slot) ?? noRow(slot);
    const { weights } = runs.status;
    const step = [
      'shop',
      `v${runs.metadata.resourceVersion}`,
      runs.metadata.resourceVersion,
      weights.stable,
      weights.canary,
    ] as const;
    const known = before.steps.findIndex(([, version]) => version === step[1]);
    const place = known === -1 ? before.steps.length : known;
    const share = weights.canary / (weights.stable + weights.canary);
    const counts = Array.from({ length: proxies }, () => {
      const canary = draw.binomial(Math.round((rps * 5) / proxies), share);
      const stable = Math.round((rps * 5) / proxies) - canary;
      return {
        stable: sums(stable, draw.binomial(stable, stableBad)),
        canary: sums(canary, draw.binomial(canary, canaryBad)),
      };
    });
    const all = (track: 'stable' | 'canary') => addUp(counts.map((one) => one[track]));
    const told = counts.map((one, i) => [keyFor(name, i), 1, place, [one.stable], [one.canary]] as const);
    const row: EvidenceRow = {
      ...before,
      writtenAt: now + 5_000,
      steps: known === -1 ? [...before.steps, step] : before.steps,
      windows: [...before.windows, [now - slot, place, [all('stable')], [all('canary')]]],
      proxies: [...before.proxies, ...told],
      names: Array.from({ length: proxies }, (_, i) => [keyFor(name, i), 'shop', `web-${i}`] as const),
    };
    rows.set(slot, row);
    await store.writeEvidence(key, environment, row, signal);
  }
}

/** Twelve letters, as a proxy's key has; another proxy for each canary. */
function keyFor(name: string, i: number): string {
  const first = name === 'cart' ? 0xa0 : name.charCodeAt(0);
  return `${(first + i).toString(16)}`.padEnd(12, '0');
}

function noRow(slot: number): EvidenceRow {
  const [steps, windows, proxies, names, numbers, full, kept] = [[], [], [], [], [], [], []];
  return {
    slot,
    writtenAt: slot,
    steps,
    windows,
    proxies,
    names,
    reporting: '',
    silent: '',
    numbers,
    full,
    kept,
    late: 0,
  };
}

/** Responses and 5xx among them; every request has its response. */
function sums(responses: number, errors: number): readonly number[] {
  return [responses, errors, 0, 0, 0, 0];
}

function addUp(all: readonly (readonly number[])[]): readonly number[] {
  return [0, 1, 2, 3, 4, 5].map((i) => all.reduce((sum, one) => sum + (one[i] ?? 0), 0));
}

/** Draws numbers that a seed makes (mulberry32). */
function drawer(seed: number) {
  let state = seed;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const gap = (p: number): number => {
    if (p <= 0) return Number.POSITIVE_INFINITY;
    return p >= 1 ? 1 : 1 + Math.floor(Math.log(1 - uniform()) / Math.log(1 - p));
  };
  return {
    /** Of many a normal number has the same mean and spread. */
    binomial: (n: number, p: number): number => {
      const spread = Math.sqrt(n * p * (1 - p));
      if (spread > 5) {
        const normal = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
        return Math.max(0, Math.min(n, Math.round(n * p + spread * normal)));
      }
      let hits = 0;
      // From hit to hit: of rare ones there are few.
      for (let at = gap(p); at <= n; at += gap(p)) hits++;
      return hits;
    },
  };
}
