import { setTimeout as sleep } from 'node:timers/promises';
import { createAdvance } from '../../functions/advance/tick.ts';
import { type EvidenceRow, SLOT_MS } from '../../functions/canary/evidence/evidence-store.ts';
import type { CanaryKey } from '../../functions/canary/store.ts';
import { begin } from '../../functions/canary/transitions/start-release.ts';
import { atVersion } from '../../functions/canary/version-line.ts';
import { releaseStepFailed } from '../../functions/events.ts';
import { LOOK_EVERY_MS } from '../../functions/limits.ts';
import type { Log } from '../../functions/log.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import type { TableStore } from '../../functions/table/table-store.ts';
import { NO_NOTIFY } from '../support/notices.ts';
import { NO_METRICS } from '../support/release-simulator.ts';
import { TIMES } from '../support/release-times.ts';
import { releaseOf } from '../support/releases.ts';
import { auditOf } from '../support/stored-canaries.ts';
import { releaseManifest } from '../support/use-cases.ts';
import type { Row } from './rows.ts';

const CANARIES = 1_000;
const MOVING = 50;
const CLUSTER = 'prod';
const PROXIES = ['a00000000000', 'b00000000000', 'c00000000000'];
/** What a call of DynamoDB takes, in milliseconds. */
const STORE_MS = 5;
/** The schedule calls once a minute, and may be some seconds late. */
const NEXT_TICK_MS = 63_000;
/** A canary that is read again within so many milliseconds is read for the same look. */
const LOOK_MS = 1_000;
const START = Date.parse('2026-11-22T12:00:00.000Z');
const signal = (): AbortSignal => AbortSignal.timeout(60_000);

interface Counts {
  reads: number;
  writes: number;
  failures: number;
  /** By canary, when it was looked at. */
  readonly looks: Map<string, number[]>;
}

/**
 * Two invocations of `advance`, the second a minute after the first and some seconds late, over 1,000 canaries of which 50 have
 * releases whose callers report, until the second has taken over. Work and the store take their own time, waits none. The
 * processor time is that of the store in memory as well.
 */
export async function advanceRows(): Promise<readonly Row[]> {
  const began = performance.now();
  let skipped = 0;
  const now = (): number => Math.round(START + performance.now() - began + skipped);
  const store = createMemoryStore(now);
  const keys = await fill(store, now());
  const counts: Counts = { reads: 0, writes: 0, failures: 0, looks: new Map() };
  const counted = countCalls(store, counts, now);
  const started = now();
  const passes: number[] = [];
  let callersMs = 0;
  let second: Promise<void> | undefined;
  const [isTaken, isOver] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];

  const before = cpuMs();
  await advanceOf(counted, counts, now, async (ms) => {
    passes.push(LOOK_EVERY_MS - ms);
    skipped += ms;
    const used = cpuMs();
    await report(store, keys, now());
    callersMs += cpuMs() - used;
    if (second !== undefined || now() < started + NEXT_TICK_MS) return;
    second = advanceOf(counted, counts, now, async () => {
      isTaken.resolve();
      await isOver.promise;
      // So that it ends as well.
      skipped += 2 * NEXT_TICK_MS;
    });
    await isTaken.promise;
  });
  const used = cpuMs() - before - callersMs;
  const minutes = (now() - started) / 60_000;
  const rows = rowsOf(counts, passes, used / minutes);
  isOver.resolve();
  await second;
  await assertMoved(store, keys);
  return rows;
}

function rowsOf({ reads, writes, failures, looks }: Counts, passes: readonly number[], cpu: number): readonly Row[] {
  const all = [...looks.values()];
  const gaps = all.flatMap((times) => times.slice(1).map((time, i) => time - (times[i] ?? time)));
  const count = all.reduce((sum, times) => sum + times.length, 0);
  const of = (what: string): string => `advance, ${CANARIES} canaries of which ${MOVING} move: ${what}`;
  return [
    { name: of('processor time a minute'), value: cpu / 1_000, unit: 's', goal: 60 },
    { name: of('longest pass over all of them'), value: Math.max(...passes) / 1_000, unit: 's', goal: 5 },
    { name: of('longest gap between two looks'), value: Math.max(...gaps) / 1_000, unit: 's', goal: 7 },
    { name: of('looks that failed'), value: failures, unit: '', goal: 0 },
    { name: of('store reads a look'), value: reads / count, unit: '', goal: 5 },
    { name: of('store writes a look'), value: writes / count, unit: '', goal: 2 },
  ];
}

/** Canaries at rest, and those of which a release begins. @returns the latter */
async function fill(store: TableStore, now: number): Promise<readonly CanaryKey[]> {
  const steps = [{ setWeight: 10 }, { setWeight: 50 }];
  const analysis = { baseline: '10s', minimum: { time: '10s' } };
  const { strategy } = releaseManifest('cart', { strategy: { steps, analysis } }).spec;
  const keys: CanaryKey[] = [];
  for (let i = 0; i < CANARIES; i++) {
    const rest = releaseOf({ service: `cart-${i}`, atRest: true });
    const isMoving = i % (CANARIES / MOVING) === 0;
    const made = isMoving && strategy !== undefined ? begin(rest, strategy, 'Start', { now, times: TIMES }) : rest;
    const canary = atVersion(made, i + 1);
    const { outcome } = await store.create(CLUSTER, canary, { audit: auditOf(canary) }, signal());
    if (outcome !== 'written') throw new Error(`cart-${i} was not created: ${outcome}`);
    if (isMoving) keys.push({ cluster: CLUSTER, namespace: 'shop', name: `cart-${i}` });
  }
  return keys;
}

/** The store as a network away, its calls counted. */
function countCalls(store: TableStore, counts: Counts, now: () => number): TableStore {
  const entries = Object.entries(store).map(([name, act]: [string, unknown]) => {
    if (typeof act !== 'function') return [name, act] as const;
    const call = async (...args: readonly unknown[]): Promise<unknown> => {
      if (name === 'getCanary') noteLook(counts, args[0] as CanaryKey, now());
      counts[/^(get|list|read|find)/.test(name) ? 'reads' : 'writes']++;
      await sleep(STORE_MS);
      return await Reflect.apply(act, store, args);
    };
    return [name, call] as const;
  });
  return Object.fromEntries(entries) as unknown as TableStore;
}

/** A write that lost a race reads the canary again within a look. */
function noteLook({ looks }: Counts, { name }: CanaryKey, at: number): void {
  const times = looks.get(name) ?? [];
  if (at - (times.at(-1) ?? 0) > LOOK_MS) looks.set(name, [...times, at]);
}

/** One invocation. @param wait is called in place of the wait between two looks */
async function advanceOf(
  store: TableStore,
  counts: Counts,
  now: () => number,
  wait: (ms: number) => Promise<void>,
): Promise<void> {
  const unused = (): Promise<never> => Promise.reject(new Error('no drift is reported'));
  const log: Log = ({ message }: { readonly message: string }) => {
    if (message === releaseStepFailed.message) counts.failures++;
  };
  // A wait after a lost race is one of a time that is drawn; that between two looks is none.
  let isDrawn = false;
  const random = (): number => {
    isDrawn = true;
    return Math.random();
  };
  const pause = async (ms: number): Promise<void> => {
    const isRace = isDrawn;
    isDrawn = false;
    await (isRace ? sleep(ms) : wait(ms));
  };
  await createAdvance({
    ...{ canaries: store, reports: store, watched: [], log, now, stageOf: unused, stateFor: unused },
    ...{ openCluster: unused, listClusters: async () => [CLUSTER] },
    notify: { ...NO_NOTIFY, changes: store, notices: store, log, now },
    looks: {
      ...{ canaries: store, steps: store, leases: store, log, now, measure: NO_METRICS },
      ...{ discoveryOf: async () => undefined, random, pause, newUid: () => crypto.randomUUID() },
    },
  })();
}

/** What the callers of the last five seconds report: 20 responses a second of each release, of which one in a thousand is bad. */
async function report(store: TableStore, keys: readonly CanaryKey[], now: number): Promise<void> {
  const versions: Record<string, string> = {};
  for (const key of keys) {
    const canary = await store.getCanary(key, signal());
    if (canary === undefined) continue;
    const { resourceVersion } = canary.metadata;
    versions[`${key.namespace}/${key.name}`] = resourceVersion;
    const slot = Math.floor(now / SLOT_MS) * SLOT_MS;
    const [kept] = await store.readEvidence(key, { from: slot, to: slot }, signal());
    const before = kept ?? noRow(slot);
    const { stable, canary: share } = canary.status.weights;
    const step = ['shop', `v${resourceVersion}`, resourceVersion, stable, share] as const;
    const sums = (weight: number) => [[weight, 0, 0, 0, 0, 0]] as const;
    const place = before.steps.length;
    const told = PROXIES.map((proxy) => [proxy, 1, place, sums(stable / 3), sums(share / 3)] as const);
    const window = [
      Math.floor((now - slot) / LOOK_EVERY_MS) * LOOK_EVERY_MS,
      place,
      sums(stable),
      sums(share),
    ] as const;
    const row = {
      ...before,
      ...{ writtenAt: now, steps: [...before.steps, step], windows: [...before.windows, window] },
      proxies: [...before.proxies, ...told],
    };
    await store.writeEvidence(key, 'env', row, signal());
  }
  const proxies = Object.fromEntries(PROXIES.map((proxy) => [proxy, [0, 0, 0, 0] as const]));
  const reported = { writtenAt: now, versions: [{ version: 'v', canaries: versions }], proxies, names: {} };
  await store.writeProxyReport(CLUSTER, 'env', { ...reported, sampling: 1, namespaces: ['shop'] }, signal());
}

function noRow(slot: number): EvidenceRow {
  const names = PROXIES.map((proxy) => [proxy, 'shop', `web-${proxy[0]}`] as const);
  const empty = { steps: [], windows: [], proxies: [], numbers: [], full: [], kept: [] };
  return { slot, writtenAt: slot, ...empty, names, reporting: '', silent: '', late: 0 };
}

/** Releases that stood still would cost less. */
async function assertMoved(store: TableStore, keys: readonly CanaryKey[]): Promise<void> {
  for (const key of keys) {
    const canary = await store.getCanary(key, signal());
    if ((canary?.status.weights.canary ?? 0) === 0) {
      throw new Error(`${key.name} got no share: ${canary?.status.release?.verdict?.sentence}`);
    }
  }
}

/** Processor time of the process, in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
