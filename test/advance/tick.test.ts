import { beforeEach, describe, expect, test } from 'vitest';
import { type AdvanceTools, createAdvance } from '../../functions/advance/tick.ts';
import { atVersion } from '../../functions/canary/version-line.ts';
import type { DriftStore } from '../../functions/drift/store.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { metricFields } from '../../functions/events/metrics.ts';
import { ClusterApiError, ClusterUnreachableError } from '../../functions/kube-api/cluster-api.ts';
import { EksError } from '../../functions/kube-api/eks-error.ts';
import { DRIFT_EVERY_MS } from '../../functions/limits.ts';
import { createLog } from '../../functions/log.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import { kubePages, namespaceOf } from '../support/kube-pages.ts';
import { NO_NOTIFY } from '../support/notices.ts';
import { podOf } from '../support/pods.ts';
import { NO_METRICS } from '../support/release-simulator.ts';
import { type Release, releaseOf, targetFor } from '../support/releases.ts';
import { runningPod } from '../support/running-pods.ts';
import { auditOf } from '../support/stored-canaries.ts';
import { stateOf, templateOf } from '../support/templates.ts';
import { recordOf } from '../support/values.ts';

const signal = (): AbortSignal => AbortSignal.timeout(10_000);
const state = stateOf([templateOf('envoy')], { defaultTemplates: ['envoy'] });
const START = Date.parse('2026-11-22T21:00:00Z');

let now: number;
let store: ReturnType<typeof createMemoryStore>;
let lines: Record<string, unknown>[];
let opened: string[];

beforeEach(() => {
  now = START;
  store = createMemoryStore(() => now);
  lines = [];
  opened = [];
});

interface Change {
  readonly clusters?: readonly string[];
  readonly watched?: readonly string[];
  readonly broken?: ReadonlyMap<string, Error>;
  readonly reports?: DriftStore;
  readonly stage?: readonly string[];
  readonly canaries?: AdvanceTools['canaries'];
  readonly listClusters?: () => Promise<readonly string[]>;
  readonly workMs?: number;
  /** Kubernetes clusters that do not answer. */
  readonly silent?: readonly string[];
}

const advance = (change: Change = {}): Promise<void> => {
  const { clusters = ['prod'], watched = [], broken = new Map<string, Error>() } = change;
  return createAdvance({
    canaries: change.canaries ?? store,
    looks: {
      ...{ canaries: store, steps: store, leases: store, now: () => now, random: () => 0.5, newUid: () => 'uid' },
      discoveryOf: async () => undefined,
      measure: NO_METRICS,
      log: createLog(
        (line) => lines.push(recordOf(JSON.parse(line))),
        () => now,
      ),
    },
    notify: {
      ...NO_NOTIFY,
      changes: store,
      notices: store,
      log: createLog(
        () => {},
        () => now,
      ),
      now: () => now,
    },
    reports: change.reports ?? store,
    listClusters: change.listClusters ?? (async () => clusters),
    watched,
    ...(change.workMs === undefined ? {} : { workMs: change.workMs }),
    stageOf: async () => change.stage,
    stateFor: async (cluster) => ({ ...state, cluster }),
    openCluster: async (cluster, signal) => {
      opened.push(cluster);
      if (change.silent?.includes(cluster) === true) await endOf(signal);
      const error = broken.get(cluster);
      if (error !== undefined) throw error;
      return kubePages([namespaceOf('shop')], [runningPod(podOf(), undefined)]);
    },
    log: createLog(
      (line) => lines.push(recordOf(JSON.parse(line))),
      () => now,
      metricFields,
    ),
    now: () => now,
  })();
};
/** Rejects when the time is up, and not before. */
const endOf = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new ClusterUnreachableError('secret'))));
const said = (message: string): Record<string, unknown>[] => lines.filter((line) => line['message'] === message);

const put = async (cluster: string, release: Release): Promise<void> => {
  const canary = atVersion(releaseOf(release), (await store.readHead(cluster, signal())) + 1);
  const outcome = await store.create(cluster, canary, { audit: auditOf(canary) }, signal());
  expect(outcome).toEqual({ outcome: 'written' });
};
const gone = (service: string): Release => ({
  service,
  deleted: true,
  targets: [targetFor({ service }, { keepUntil: '2026-11-22T20:59:00.000Z' })],
});
const leaving = (service: string): Release => ({
  service,
  deleted: true,
  targets: [targetFor({ service }, { keepUntil: '2026-11-22T21:01:00.000Z' })],
});
const names = async (cluster: string): Promise<string[]> =>
  (await store.listCanaries(cluster, signal())).canaries.map(({ metadata }) => metadata.name);

describe('tombstones', () => {
  test('those that are due go, in every Kubernetes cluster of the fleet; the others stay', async () => {
    for (const cluster of ['prod', 'stage']) {
      await put(cluster, gone('a'));
      await put(cluster, leaving('b'));
      await put(cluster, { service: 'c' });
    }
    await advance({ clusters: ['prod', 'stage'] });
    expect([await names('prod'), await names('stage')]).toEqual([
      ['b', 'c'],
      ['b', 'c'],
    ]);
    expect(said('tombstones cleared')).toMatchObject([
      { cluster: 'prod', tombstones: 1, clearings: 1 },
      { cluster: 'stage', tombstones: 1 },
    ]);
    now += 61_000;
    await advance({ clusters: ['prod', 'stage'] });
    expect(await names('prod')).toEqual(['c']);
  });

  test('a canary that proxies have learned is Initialized, at a version that the tick makes', async () => {
    const status = { phase: 'Initializing', atRest: true } as const;
    const made = releaseOf({ service: 'a' });
    const canary = { ...made, status: { ...made.status, ...status } };
    await store.create('prod', canary, { audit: auditOf(canary) }, signal());
    await advance();
    const { head, canaries } = await store.listCanaries('prod', signal());
    expect([head, canaries[0]?.metadata.resourceVersion, canaries[0]?.status.phase]).toEqual([2, '2', 'Initialized']);
    expect(said('canaries initialized')).toMatchObject([{ cluster: 'prod', canaries: 1 }]);
    await advance();
    expect(await store.readHead('prod', signal())).toBe(2);
  });

  test('overlapping ticks: each goes once, and nobody fails', async () => {
    for (const service of ['a', 'b', 'c']) await put('prod', gone(service));
    await Promise.all([advance(), advance(), advance()]);
    expect(await names('prod')).toEqual([]);
    expect(said('clearing failed')).toEqual([]);
    expect(said('tombstones cleared').reduce((sum, line) => sum + Number(line['tombstones']), 0)).toBe(3);
  });

  test('a tick takes at most 50 of a Kubernetes cluster; the next one goes on', async () => {
    for (let i = 0; i < 60; i++) await put('prod', gone(`a${i}`));
    await advance();
    expect(await names('prod')).toHaveLength(10);
    await advance();
    expect(await names('prod')).toEqual([]);
  });

  test('a Kubernetes cluster that cannot be read keeps nobody else from being cleared', async () => {
    await put('stage', gone('a'));
    const canaries = {
      ...store,
      listCanaries: async (cluster: string, within: AbortSignal) => {
        if (cluster === 'prod') throw new CanaryStoreError('secret words');
        return await store.listCanaries(cluster, within);
      },
    };
    await advance({ clusters: ['prod', 'stage'], canaries });
    expect(await names('stage')).toEqual([]);
    expect(said('clearing failed')).toMatchObject([{ cluster: 'prod', error: 'CanaryStoreError', clearFailures: 1 }]);
    expect(JSON.stringify(lines)).not.toContain('secret words');
  });

  test('what there is no time for is no failure', async () => {
    const listCanaries = async (_: string, within: AbortSignal): Promise<never> => await endOf(within);
    await advance({ clusters: ['prod', 'stage'], canaries: { ...store, listCanaries }, workMs: 50 });
    expect(said('clearing failed')).toEqual([]);
    expect(said('clearing unfinished')).toMatchObject([{ level: 'warn' }]);
  });

  test('a fleet that cannot be listed does not keep drift from being reported', async () => {
    const listClusters = async (): Promise<never> => {
      throw new Error('secret words');
    };
    await advance({ listClusters, watched: ['prod'] });
    expect(said('clearing failed')).toMatchObject([{ what: 'clusters', error: 'Error' }]);
    expect(said('drift reported')).toHaveLength(1);
  });
});

describe('the drift report', () => {
  test('is written, and is a metric by Kubernetes cluster', async () => {
    await advance({ watched: ['prod'] });
    expect(await store.readDrift('prod', signal())).toMatchObject({ pods: 1, missing: 1, metadata: { name: 'prod' } });
    expect(said('drift reported')).toMatchObject([
      { cluster: 'prod', pods: 1, podsMissing: 1, podsOutdated: 0, podsExtra: 0, podsRefused: 0, workloads: 1 },
    ]);
    expect(said('drift checked')).toMatchObject([{ cluster: 'prod', reportAge: 0 }]);
  });

  test('is made anew when it is some minutes old, not with every tick', async () => {
    await advance({ watched: ['prod'] });
    for (let ms = 60_000; ms < DRIFT_EVERY_MS; ms += 60_000) {
      now = START + ms;
      await advance({ watched: ['prod'] });
    }
    expect(opened).toEqual(['prod']);
    expect(said('drift checked').map((line) => line['reportAge'])).toEqual([0, 60, 120, 180, 240]);
    now = START + DRIFT_EVERY_MS;
    await advance({ watched: ['prod'] });
    expect(opened).toEqual(['prod', 'prod']);
    expect((await store.readDrift('prod', signal()))?.asOf).toBe(new Date(now).toISOString());
  });

  test('knows the stage of a roll-out: other namespaces are not sent to the webhook', async () => {
    await advance({ watched: ['prod'], stage: ['pilot'] });
    expect(await store.readDrift('prod', signal())).toMatchObject({ pods: 1, missing: 0 });
    now += DRIFT_EVERY_MS;
    await advance({ watched: ['prod'], stage: ['pilot', 'shop'] });
    expect(await store.readDrift('prod', signal())).toMatchObject({ pods: 1, missing: 1 });
  });

  test('overlapping ticks write the same report', async () => {
    await Promise.all([advance({ watched: ['prod'] }), advance({ watched: ['prod'] })]);
    expect(await store.readDrift('prod', signal())).toMatchObject({ pods: 1, missing: 1 });
    expect(said('drift unreadable')).toEqual([]);
  });

  test.each<[string, Error, object]>([
    ['that cannot be reached', new ClusterUnreachableError('https://secret.eks'), { error: 'ClusterUnreachableError' }],
    ['that EKS does not have', new EksError('Gone', 'secret'), { error: 'EksError', code: 'Gone' }],
    ['that refuses', new ClusterApiError(403, 'Forbidden', 'secret'), { error: 'ClusterApiError', status: 403 }],
  ])('a Kubernetes cluster %s is said, and keeps nobody from the others', async (_how, error, fields) => {
    await advance({ watched: ['a', 'b'] });
    now = START + DRIFT_EVERY_MS + 60_000;
    lines = [];
    await advance({ watched: ['a', 'b'], broken: new Map([['a', error]]) });
    expect(said('drift unreadable')).toMatchObject([{ cluster: 'a', ...fields, driftFailures: 1 }]);
    expect(said('drift reported')).toMatchObject([{ cluster: 'b' }]);
    // The age of what is left tells how long this has been so.
    expect(said('drift checked').map((line) => [line['cluster'], line['reportAge']])).toEqual(
      expect.arrayContaining([
        ['a', 360],
        ['b', 0],
      ]),
    );
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  test('each has its turn to be the first', async () => {
    const firsts = new Set<string>();
    for (let tick = 0; tick < 3; tick++) {
      // Seven minutes each: three clusters take turns by the minute.
      now = START + tick * (DRIFT_EVERY_MS + 120_000);
      opened = [];
      await advance({ watched: ['a', 'b', 'c'] });
      expect(opened.toSorted()).toEqual(['a', 'b', 'c']);
      firsts.add(opened[0] ?? '');
    }
    expect([...firsts].toSorted()).toEqual(['a', 'b', 'c']);
  });

  test('what there is no time for is no failure: the next tick begins with another one', async () => {
    await advance({ watched: ['a', 'b', 'c'] });
    now = START + DRIFT_EVERY_MS;
    [lines, opened] = [[], []];
    await advance({ watched: ['a', 'b', 'c'], silent: ['a', 'b', 'c'], workMs: 50 });
    expect(opened).toHaveLength(1);
    expect(said('drift unreadable')).toEqual([]);
    expect(said('drift unfinished')).toMatchObject([{ level: 'warn', next: opened[0] }]);
    expect(JSON.stringify(lines)).not.toContain('driftFailures');
    // Its last report is known: how old it is is said all the same.
    expect(said('drift checked')).toMatchObject([{ cluster: opened[0], reportAge: 300 }]);
    const [first] = opened;
    now += 60_000;
    opened = [];
    await advance({ watched: ['a', 'b', 'c'] });
    expect(opened.toSorted()).toEqual(['a', 'b', 'c']);
    expect(opened[0]).not.toBe(first);
  });

  test('a store that is down is said', async () => {
    const down = async (): Promise<never> => {
      throw new CanaryStoreError('secret');
    };
    await advance({ watched: ['prod'], reports: { readDrift: down, writeDrift: down } });
    expect(said('drift unreadable')).toMatchObject([{ cluster: 'prod', error: 'CanaryStoreError' }]);
    expect(said('drift checked')).toEqual([]);
  });
});
