import { describe, expect, test } from 'vitest';
import { NoNamespaceError, readDrift } from '../../functions/drift/read-drift.ts';
import { cutReport, type DriftReport, readReport } from '../../functions/drift/report.ts';
import { TemplateStoreError } from '../../functions/errors.ts';
import { NoAnswerError } from '../../functions/http/http-client.ts';
import { ClusterApiError, ClusterUnreachableError } from '../../functions/kube-api/cluster-api.ts';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import type { FleetState } from '../../functions/template-store/cache/fleet-state.ts';
import { type KubePages, kubePages, namespaceOf } from '../support/kube-pages.ts';
import { podOf } from '../support/pods.ts';
import { runningPod } from '../support/running-pods.ts';
import { stateOf, templateOf } from '../support/templates.ts';
import { recordOf } from '../support/values.ts';

const NOW = Date.parse('2026-11-22T21:00:00Z');
const RECORD = { defaultTemplates: ['envoy'] };
const then = stateOf([templateOf('envoy', {}, '1')], RECORD);
const state = stateOf([templateOf('envoy', { order: 5 }, '2')], RECORD);
const NAMESPACES = [namespaceOf('shop'), namespaceOf('team'), namespaceOf('off', 'disabled')];

const podIn = (namespace: string, name: string, deployment?: string): RawPod =>
  podOf(
    {},
    {
      name,
      namespace,
      ...(deployment === undefined
        ? {}
        : {
            labels: { 'pod-template-hash': '1' },
            ownerReferences: [{ kind: 'ReplicaSet', name: `${deployment}-1`, controller: true }],
          }),
    },
  );
const read = (api: KubePages, more: { namespace?: string; pageSize?: number } = {}): Promise<DriftReport> =>
  readDrift({ api, state, now: () => NOW, signal: AbortSignal.timeout(60_000), ...more });
/** As `exchange` says it. */
const tooLarge = (): Error => new NoAnswerError(Object.assign(new Error('too large'), { code: 'TOO_LARGE' }));

const raise = (words: string): never => {
  throw new RangeError(words);
};

const PODS = [
  runningPod(podIn('shop', 'web-1-a', 'web'), then),
  runningPod(podIn('shop', 'web-1-b', 'web'), state),
  runningPod(podIn('shop', 'web-1-c', 'web'), undefined),
  runningPod(podIn('shop', 'bare'), undefined),
  runningPod(podIn('team', 'fine'), state),
  runningPod(podIn('off', 'left'), then),
  runningPod(podIn('off', 'plain'), undefined),
  runningPod(podIn('kube-system', 'dns'), undefined),
  runningPod(podIn('unknown', 'made-since'), undefined),
];

describe('a report', () => {
  test('sums up by workload', async () => {
    const report = await read(kubePages(NAMESPACES, PODS));
    expect(report).toMatchObject({
      apiVersion: 'outrigger.dev/v1alpha1',
      kind: 'DriftReport',
      metadata: { name: 'test' },
      asOf: '2026-11-22T21:00:00.000Z',
      pods: 7,
      drifted: 4,
      missing: 2,
      outdated: 1,
      extra: 1,
      refused: 0,
      podsLeftOut: 0,
    });
    expect(report.workloads.map(({ namespace, kind, name }) => `${namespace}/${kind}/${name}`)).toEqual([
      'off/Pod/left',
      'shop/Deployment/web',
      'shop/Pod/bare',
    ]);
    expect(report.workloads[1]).toEqual({
      namespace: 'shop',
      kind: 'Deployment',
      name: 'web',
      pods: 3,
      drifted: 2,
      missing: 1,
      outdated: 1,
      extra: 0,
      refused: 0,
      templates: [
        { name: 'envoy', drift: 'missing', pods: 1, from: [], to: ['2'] },
        { name: 'envoy', drift: 'outdated', pods: 1, from: ['1'], to: ['2'] },
      ],
      examples: ['web-1-a', 'web-1-c'],
      command: 'kubectl rollout restart deployment/web -n shop',
    });
    expect(readReport(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  test.each([
    ['Succeeded', { status: { phase: 'Succeeded' } }],
    ['Failed', { status: { phase: 'Failed' } }],
    ['terminating', { metadata: { name: 'x', namespace: 'shop', deletionTimestamp: '2026-11-22T20:59:00Z' } }],
  ])('a Pod that is %s does not count', async (_how, more) => {
    const api = kubePages(NAMESPACES, [{ ...runningPod(podIn('shop', 'x'), undefined), ...more }]);
    expect(await read(api)).toMatchObject({ pods: 0, drifted: 0, workloads: [] });
  });

  test('a Pod that is pending counts: it has been admitted', async () => {
    const pending = { ...runningPod(podIn('shop', 'x'), undefined), status: { phase: 'Pending' } };
    expect(await read(kubePages(NAMESPACES, [pending]))).toMatchObject({ pods: 1, missing: 1 });
  });

  test('of one namespace asks for no other', async () => {
    const api = kubePages(NAMESPACES, PODS);
    expect(await read(api, { namespace: 'shop' })).toMatchObject({ namespace: 'shop', pods: 4, drifted: 3 });
    expect(api.asked).toEqual(['/api/v1/namespaces/shop/pods?500']);
    await expect(read(api, { namespace: 'nowhere' })).rejects.toThrow(NoNamespaceError);
  });
});

describe('the next channel', () => {
  const next = { channel: 'next', share: 100 };
  const pods = [runningPod(podIn('shop', 'bare'), state)];
  const readWith = (record: Record<string, unknown>, more: Partial<FleetState> = {}): Promise<DriftReport> =>
    readDrift({
      api: kubePages(NAMESPACES, pods),
      state: { ...stateOf([templateOf('envoy', { order: 5 }, '2')], { ...RECORD, ...record }), ...more },
      now: () => NOW,
      signal: AbortSignal.timeout(60_000),
    });

  test('that cannot be read: no report, for its whole share would look outdated', async () => {
    const reading = readWith({ next });
    await expect(reading).rejects.toThrow(TemplateStoreError);
    await expect(reading).rejects.toThrow('channel next cannot be read; try again');
  });

  test.each<[string, Record<string, unknown>, Partial<FleetState>]>([
    ['that is read and has no templates', { next }, { nextTemplates: new Map() }],
    ['without a share', { next: { ...next, share: 0 } }, {}],
    ['in shadow mode', { next: { ...next, shadow: true } }, {}],
    ['that is the current one', { next: { ...next, channel: 'stable' }, channel: 'stable' }, {}],
  ])('%s: the report is made', async (_how, record, more) => {
    expect(await readWith(record, more)).toMatchObject({ pods: 1, drifted: 0 });
  });
});

test('a Pod that cannot be examined costs the report that one Pod', async () => {
  const api = kubePages(NAMESPACES, PODS);
  const list: KubePages['list'] = async (path, query, signal) => {
    const page = await api.list(path, query, signal);
    const trip = { get: () => raise('secret words'), enumerable: true };
    const items = page.items.map((pod) =>
      pod.metadata.name === 'bare' ? Object.defineProperty({ ...pod }, 'spec', trip) : pod,
    );
    return { ...page, items };
  };
  const report = await read({ ...api, list });
  expect(report).toMatchObject({ pods: 7, drifted: 4, missing: 1, outdated: 1, extra: 1, refused: 1 });
  const bare = report.workloads.find(({ name }) => name === 'bare');
  expect(bare).toMatchObject({ kind: 'Pod', refused: 1, reason: expect.stringContaining('cannot be compared') });
  expect(JSON.stringify(report)).not.toContain('secret words');
});

describe('pages', () => {
  test('say the same as one list', async () => {
    const api = kubePages(NAMESPACES, PODS);
    expect(await read(api, { pageSize: 2 })).toEqual(await read(kubePages(NAMESPACES, PODS)));
    expect(api.asked).toContain('/api/v1/pods?2&8');
  });

  test('a token that expires: all is read anew, and counted once', async () => {
    const api = kubePages(NAMESPACES, PODS, 2);
    expect(await read(api, { pageSize: 4 })).toEqual(await read(kubePages(NAMESPACES, PODS)));
    expect(api.asked.filter((ask) => ask === '/api/v1/pods?4')).toHaveLength(3);
  });

  test('tokens that go on expiring are given up', async () => {
    const api = kubePages(NAMESPACES, PODS, 1_000);
    await expect(read(api, { pageSize: 4 })).rejects.toThrow(ClusterApiError);
    expect(api.asked.filter((ask) => ask === '/api/v1/pods?4')).toHaveLength(3);
  });

  test('a page that is too large is asked for in halves', async () => {
    const api = kubePages(NAMESPACES, PODS);
    const list: KubePages['list'] = async (path, query, signal) => {
      if (path === '/api/v1/pods' && query.limit > 2) {
        throw new ClusterUnreachableError('the API server cannot be reached', { cause: tooLarge() });
      }
      return await api.list(path, query, signal);
    };
    expect(await read({ ...api, list })).toEqual(await read(kubePages(NAMESPACES, PODS)));
    expect(api.asked).toContain('/api/v1/pods?2&8');
    const never: KubePages['list'] = async () => {
      throw new ClusterUnreachableError('the API server cannot be reached', { cause: tooLarge() });
    };
    await expect(read({ ...api, list: never })).rejects.toThrow(ClusterUnreachableError);
  });

  test('after a few huge Pods, pages grow to their size again', async () => {
    const pods = Array.from({ length: 400 }, (_, i) => runningPod(podIn('shop', `bare-${i}`), undefined));
    const api = kubePages(NAMESPACES, pods);
    const list: KubePages['list'] = async (path, query, signal) => {
      const isHuge = path === '/api/v1/pods' && query.continue === undefined && query.limit > 1;
      if (isHuge) throw new ClusterUnreachableError('the API server cannot be reached', { cause: tooLarge() });
      return await api.list(path, query, signal);
    };
    expect(await read({ ...api, list }, { pageSize: 64 })).toMatchObject({ pods: 400, missing: 400 });
    const sizes = api.asked
      .filter((ask) => ask.startsWith('/api/v1/pods'))
      .map((ask) => Number(/\d+/.exec(ask.slice(12))));
    expect(Math.max(...sizes)).toBe(64);
  });

  test('a server that goes on for ever is not followed', async () => {
    const list = async () => ({ items: [], continue: 'more' });
    const reading = readDrift({
      api: { get: async () => undefined, list },
      state,
      now: () => NOW,
      signal: AbortSignal.timeout(60_000),
    });
    await expect(reading).rejects.toThrow('has more than 1000 pages');
  });
});

test('10,000 Pods: nothing is kept but counts and a few names', async () => {
  const sample = runningPod(podIn('shop', 'web-1-0', 'web'), then);
  const pods = Array.from({ length: 10_000 }, (_, i) => ({
    ...sample,
    metadata: {
      ...recordOf(sample['metadata']),
      name: `web-1-${i}`,
      ownerReferences: [{ kind: 'ReplicaSet', name: `web-${i % 100}-1`, controller: true }],
    },
  }));
  const report = await read(kubePages(NAMESPACES, pods));
  expect(report).toMatchObject({ pods: 10_000, outdated: 10_000, podsLeftOut: 0 });
  expect(report.workloads).toHaveLength(100);
  expect(report.workloads.every(({ pods, examples }) => pods === 100 && examples.length === 5)).toBe(true);
  expect(JSON.stringify(report).length).toBeLessThan(60_000);
});

describe('a report that is too long', () => {
  test('keeps the workloads with the most Pods that differ, and says how many are left out', async () => {
    const report = await read(kubePages(NAMESPACES, PODS));
    const whole = JSON.stringify(report).length;
    expect(cutReport(report, whole + 10)).toBe(report);
    const cut = cutReport(report, whole - 10);
    expect(cut.workloads.map(({ name }) => name)).toContain('web');
    expect(cut.workloads).toHaveLength(2);
    expect(cut).toMatchObject({ drifted: 4, podsLeftOut: 1 });
    expect(cutReport(report, 0)).toMatchObject({ workloads: [], drifted: 4, podsLeftOut: 4 });
  });
});

test.each([
  ['nothing', undefined],
  ['another kind', { kind: 'Canary', metadata: {} }],
  ['a time that is none', 'asOf'],
  ['a count that is none', 'pods'],
  ['workloads that are none', 'workloads'],
])('what is no report: %s', async (_what, change) => {
  const report = await read(kubePages(NAMESPACES, PODS));
  const value = typeof change === 'string' ? { ...report, [change]: 'x' } : change;
  expect(readReport(value)).toBeUndefined();
});
