import { describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { settled } from '../../functions/canary/settled.ts';
import { answersOf, FIRST_ROUTES } from '../../functions/traffic/answers.ts';
import { type SnapshotView, snapshotFor } from '../../functions/traffic/snapshot.ts';
import { RETRY_POLICY } from '../../functions/traffic/xds/retry.ts';
import { canaryOf } from '../support/canaries.ts';
import { awaitingFor, olderTarget, releaseOf, targetFor } from '../support/releases.ts';
import { at, namesOf } from '../support/values.ts';

const VIEW: SnapshotView = {
  namespace: 'shop',
  clusterDomain: 'cluster.local',
  sources: {
    direct: { form: 'direct', xdsCluster: 'xds.example.com', routesRefreshSeconds: 5 },
    paced: { form: 'paced', xdsCluster: 'loop', routesRefreshSeconds: 1.8 },
  },
};
const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const time = (ms: number): string => new Date(NOW + ms).toISOString();

const snapshot = (canaries: readonly Canary[], more: Partial<SnapshotView> = {}, now = NOW) =>
  snapshotFor(canaries, { ...VIEW, ...more }, now);
/** The virtual hosts of a snapshot. */
const hosts = (...args: Parameters<typeof snapshot>): unknown => at(snapshot(...args).routes, 0, 'virtual_hosts');
/** What the last route of the first virtual host does. */
const action = (canary: Canary): unknown => at(hosts([canary]), 0, 'routes', -1, 'route');

describe('listeners', () => {
  test('one for each port, that of two namespaces shared, never bound', () => {
    const canaries = [
      releaseOf({ service: 'b', port: 9090 }),
      releaseOf({ service: 'a' }),
      releaseOf({ service: 'a', namespace: 'other' }),
    ];
    const listeners = snapshot(canaries).listeners.direct;
    expect(namesOf(listeners)).toEqual(['0.0.0.0_8080', '0.0.0.0_9090']);
    expect(listeners.map((listener) => listener['bind_to_port'])).toEqual([false, false]);
  });

  test('what is not HTTP passes, and a listener without routes never answers 404', () => {
    const [listener] = snapshot([releaseOf()]).listeners.direct;
    expect(at(listener, 'default_filter_chain', 'filters', 0, 'typed_config', 'cluster')).toBe('passthrough');
    const rds = at(listener, 'filter_chains', 0, 'filters', 0, 'typed_config', 'rds');
    expect(rds).toMatchObject({ route_config_name: 'outbound', config_source: { initial_fetch_timeout: '0s' } });
    expect(at(rds, 'config_source', 'api_config_source')).toMatchObject({
      cluster_names: ['xds.example.com'],
      refresh_delay: '5s',
    });
  });
});

describe('the versions that it holds', () => {
  test.each([
    ['what is awaited is served already', -1, '7', undefined],
    ['it will be in a second: nobody can follow it yet, and the snapshot ends then', 1_000, '6', 1_000],
  ])('%s', (_what, since, version, validUntil) => {
    const made = snapshot([releaseOf({ version: 7, awaiting: awaitingFor(7, NOW + since) })]);
    expect([...made.canaries]).toEqual([['shop/cart', version]]);
    expect(made.validUntil).toBe(validUntil === undefined ? undefined : NOW + validUntil);
  });
});

test.each([
  ['by hand', {}],
  ['in time', { awaiting: awaitingFor(7, NOW - 1_000) }],
])('what the clock writes of a canary changes nothing that proxies are sent: %s', (_, more) => {
  const initializing = canaryOf({ past: true, metadata: { resourceVersion: '7' }, status: more });
  const written = settled(initializing, NOW);
  expect(written.status.phase).toBe('Initialized');
  const after = { ...written, metadata: { ...written.metadata, resourceVersion: '8' } };
  expect(answersOf(snapshot([after]))).toEqual(answersOf(snapshot([initializing])));
  // A proxy that is confirmed for version 7 stays so: what is awaited does not move.
  expect(after.status.awaiting).toEqual(initializing.status.awaiting);
});

describe('Envoy clusters', () => {
  const FIRST = ['canary', 'canary-only', 'mirror', 'stable'].map((part) => `shop/cart/8080|${part}`);
  const NAMES = ['canary', 'canary-only', 'main', 'mirror', 'stable', 'stable-only'].map(
    (part) => `shop/cart/8080/r1|${part}`,
  );
  const address = ['load_assignment', 'endpoints', 0, 'lb_endpoints', 0, 'endpoint', 'address', 'socket_address'];
  const parts = (clusters: unknown, i: number): unknown => at(clusters, i, 'cluster_type', 'typed_config', 'clusters');

  test('of a target are there in both forms, by name, without dots; open circuit breakers everywhere', () => {
    const { clusters } = snapshot([releaseOf()]);
    expect(namesOf(clusters)).toEqual([...NAMES, ...FIRST]);
    for (const cluster of clusters) {
      expect(at(cluster, 'circuit_breakers', 'thresholds', 0)).toEqual({
        max_connections: 4294967295,
        max_pending_requests: 4294967295,
        max_requests: 4294967295,
        max_retries: 4294967295,
      });
    }
    expect(parts(clusters, 0)).toEqual([NAMES[1], NAMES[5], NAMES[2]]);
    expect(parts(clusters, 4)).toEqual([NAMES[5], NAMES[2]]);
    for (const [i, service] of [
      [1, 'cart-canary'],
      [2, 'cart'],
      [3, 'cart-canary'],
      [5, 'cart-stable'],
    ] as const) {
      expect(at(clusters, i, ...address)).toEqual({ address: `${service}.shop.svc.cluster.local.`, port_value: 8080 });
    }
    // The main Service's one address stands for all its Pods.
    expect(clusters.map((one) => 'outlier_detection' in one)).toEqual(
      [...NAMES, ...FIRST].map((name) => !/\|(canary|main)$/.test(name) && name !== NAMES[4]),
    );
  });

  test('of a target of an older version are the first form alone, which routes keep leading to', () => {
    const older = releaseOf({ targets: [olderTarget()], weight: 40 });
    const { clusters } = snapshot([older]);
    expect(namesOf(clusters)).toEqual(FIRST);
    expect(parts(clusters, 0)).toEqual([FIRST[1], FIRST[3]]);
    expect(at(action(older), 'weighted_clusters', 'clusters')).toEqual([
      { name: FIRST[3], weight: 60 },
      { name: FIRST[0], weight: 40 },
    ]);
  });

  test('with a fallback are known before routes lead to them, and the first form afterwards too', () => {
    const targets = [targetFor({}, { fallbackFrom: time(100) })];
    const canary = releaseOf({ targets });
    const see = (now: number): unknown[] => [
      snapshot([canary], {}, NOW + now).clusters.length,
      at(hosts([canary], {}, NOW + now), 0, 'routes', -1, 'route', 'weighted_clusters', 'clusters', 0, 'name'),
      snapshot([canary], {}, NOW + now).validUntil,
    ];
    expect(see(99)).toEqual([10, FIRST[3], NOW + 100]);
    expect(see(100)).toEqual([10, NAMES[4], undefined]);
  });

  test('stay the same while the weight, a mirror, a match and the affinity change', () => {
    const spec = { mirror: { percentage: 5 }, match: [{ headers: { a: { present: true } } }] } as const;
    const texts = [releaseOf(), releaseOf({ weight: 70, version: 9 }), releaseOf({ spec })].map((canary) => {
      const { listeners, clusters } = snapshot([canary]);
      return JSON.stringify([listeners, clusters]);
    });
    expect(new Set(texts).size).toBe(1);
  });

  test('two canaries with the same names: the one that routes lead to wins, and no name is there twice', () => {
    const old = releaseOf({ targets: [targetFor({}, { keepUntil: time(1) })], deleted: true });
    const taker = releaseOf({ tracks: { stable: 1, canary: 2 } });
    const renamed = { ...taker, metadata: { ...taker.metadata, name: 'taker', creationTimestamp: time(0) } };
    for (const canaries of [
      [old, renamed],
      [renamed, old],
    ]) {
      const made = snapshot(canaries).clusters;
      expect(new Set(namesOf(made)).size).toBe(made.length);
      // That one's port is the Service's.
      const clusters = made.filter(({ name }) => name !== 'shop/cart/8080/r1|main');
      expect(JSON.stringify(clusters)).toContain('"port_value":1}');
      expect(JSON.stringify(clusters)).not.toContain('"port_value":8080}');
    }
  });
});

describe('routes', () => {
  test('one configuration, the catch-all last, unknown Envoy clusters refused', () => {
    expect(snapshot([releaseOf()]).routes).toHaveLength(1);
    expect(snapshot([releaseOf()]).routes[0]).toMatchObject({
      name: 'outbound',
      validate_clusters: true,
    });
    expect(namesOf(hosts([releaseOf()]))).toEqual(['shop/cart/8080', 'any']);
    expect(at(hosts([]), 0, 'routes', 1, 'route')).toEqual({ cluster: 'passthrough-http', timeout: '0s' });
  });

  test.each<[string, object, string, string[]]>([
    [
      'own namespace',
      {},
      'shop',
      ['cart', 'cart.shop', 'cart.shop.svc', 'cart.shop.svc.cluster.local', 'cart.shop.svc.cluster.local.'].map(
        (n) => `${n}:8080`,
      ),
    ],
    [
      'another one',
      {},
      'else',
      ['cart.shop', 'cart.shop.svc', 'cart.shop.svc.cluster.local', 'cart.shop.svc.cluster.local.'].map(
        (n) => `${n}:8080`,
      ),
    ],
    [
      'port 80, which clients leave out',
      { port: 80 },
      'else',
      ['cart.shop', 'cart.shop.svc', 'cart.shop.svc.cluster.local', 'cart.shop.svc.cluster.local.'].flatMap((n) => [
        n,
        `${n}:80`,
      ]),
    ],
  ])('host names: %s', (_title, release, namespace, domains) => {
    expect(at(hosts([releaseOf(release)], { namespace }), 0, 'domains')).toEqual(domains);
  });

  test.each([0, 10, 100])('weights: stable first, canary last, one total (%i)', (weight) => {
    const clusters = [
      { name: 'shop/cart/8080/r1|stable', weight: 100 - weight },
      { name: 'shop/cart/8080/r1|canary', weight },
    ];
    expect(action(releaseOf({ weight }))).toEqual({
      timeout: '0s',
      retry_policy: RETRY_POLICY,
      weighted_clusters: { clusters },
    });
  });

  test('a request that no Pod took is sent once more, to the next Envoy cluster; its copy is bounded', () => {
    const route = at(hosts([releaseOf()]), 0, 'routes', -1);
    expect(at(route, 'request_body_buffer_limit')).toBe(65_536);
    expect(at(route, 'route', 'retry_policy')).toMatchObject({
      retry_on: 'connect-failure',
      num_retries: 1,
      retry_priority: { typed_config: { '@type': expect.stringContaining('PreviousPriorities'), update_frequency: 1 } },
    });
  });

  test('stickiness: the first key that a request has decides', () => {
    const hashOn = [{ header: 'x-user' }, { cookie: 'session' }, { sourceIP: true }] as const;
    const route = action(releaseOf({ spec: { sessionAffinity: { hashOn } } }));
    expect(at(route, 'weighted_clusters', 'use_hash_policy')).toBe(true);
    expect(at(route, 'hash_policy')).toEqual([
      { header: { header_name: 'x-user' }, terminal: true },
      { cookie: { name: 'session' }, terminal: true },
      { connection_properties: { source_ip: true }, terminal: true },
    ]);
  });

  test('a mirrored share goes to an Envoy cluster of its own, under its own Host', () => {
    expect(at(action(releaseOf({ spec: { mirror: { percentage: 0.25 } } })), 'request_mirror_policies')).toEqual([
      {
        cluster: 'shop/cart/8080/r1|mirror',
        runtime_fraction: { default_value: { numerator: 2_500, denominator: 'MILLION' } },
        disable_shadow_host_suffix_append: true,
      },
    ]);
  });

  test('matches go to the canary at any weight', () => {
    const match = [
      { headers: { a: { exact: 'x' }, b: { prefix: 'y' }, c: { present: true } } },
      { cookies: { t: { exact: 'on' } } },
    ] as const;
    const routes = at(hosts([releaseOf({ spec: { match } })]), 0, 'routes');
    expect(routes).toHaveLength(4);
    expect(at(routes, 1)).toEqual({
      match: {
        prefix: '/',
        headers: [
          { name: 'a', string_match: { exact: 'x' } },
          { name: 'b', string_match: { prefix: 'y' } },
          { name: 'c', present_match: true },
        ],
        cookies: [],
      },
      request_body_buffer_limit: 65_536,
      route: { cluster: 'shop/cart/8080/r1|canary', timeout: '0s', retry_policy: RETRY_POLICY },
    });
    expect(at(routes, 2, 'match', 'cookies')).toEqual([{ name: 't', string_match: { exact: 'on' } }]);
  });

  test('at rest a canary changes nothing: its hosts lead where their callers sent them, its Envoy clusters stay known', () => {
    const spec = { sessionAffinity: { hashOn: [{ header: 'x-user' }] } } as const;
    const [resting, moving] = [releaseOf({ atRest: true, spec }), releaseOf({ spec })].map((one) => snapshot([one]));
    const [own, any] = [0, 1].map((i) => at(resting?.routes, 0, 'virtual_hosts', i));
    expect(own).toEqual({ ...Object(any), name: 'shop/cart/8080', domains: at(hosts([releaseOf()]), 0, 'domains') });
    expect([resting?.listeners, resting?.clusters]).toEqual([moving?.listeners, moving?.clusters]);
    expect(resting?.routes).not.toEqual(moving?.routes);
  });

  test('after an abort nothing leads to the canary, a match and a mirror neither', () => {
    const spec = { mirror: { percentage: 5 }, match: [{ headers: { a: { present: true } } }] } as const;
    const canary = releaseOf({ spec });
    const failed = { ...canary, status: { ...canary.status, phase: 'Failed' } } as const;
    expect(hosts([failed])).toEqual(hosts([releaseOf()]));
    expect(hosts([canary])).not.toEqual(hosts([releaseOf()]));
  });

  test('every route leads to an Envoy cluster of the same snapshot or of the bootstrap', () => {
    const spec = { mirror: { percentage: 1 }, match: [{ cookies: { c: { present: true } } }] } as const;
    const { clusters, routes } = snapshot([releaseOf({ spec }), releaseOf({ service: 'b', port: 80, spec })]);
    const known = new Set([...namesOf(clusters), 'passthrough-http']);
    const named = JSON.stringify(routes).matchAll(/"(?:cluster|name)":"([^"]*(?:\||passthrough)[^"]*)"/g);
    for (const [, name] of named) expect(known).toContain(name);
  });

  test('one host name twice: the older canary keeps it, the other one is named', () => {
    const [first, second] = [releaseOf(), releaseOf({ weight: 50 })];
    const younger = { ...second, metadata: { ...second.metadata, name: 'twin', creationTimestamp: time(0) } };
    for (const canaries of [
      [first, younger],
      [younger, first],
    ]) {
      expect(namesOf(hosts(canaries))).toEqual(['shop/cart/8080', 'any']);
      expect(at(hosts(canaries), 0, 'routes', 1, 'route', 'weighted_clusters', 'clusters', 1, 'weight')).toBe(0);
      expect(snapshot(canaries).overshadowed).toEqual(['shop/twin']);
    }
  });
});

describe('who sees a canary', () => {
  test.each<[exportTo: string[], namespace: string, seen: boolean]>([
    [['*'], 'else', true],
    [['.'], 'shop', true],
    [['.'], 'else', false],
    [['else'], 'else', true],
    [['else'], 'shop', false],
    [['.', 'else'], 'shop', true],
    [[], 'shop', false],
  ])('exported to %j, %s: %s', (exportTo, namespace, seen) => {
    const { listeners, clusters, canaries } = snapshot([releaseOf({ spec: { exportTo } })], { namespace });
    expect([listeners.direct.length, clusters.length, canaries.size]).toEqual(seen ? [1, 10, 1] : [0, 0, 0]);
    expect(namesOf(hosts([releaseOf({ spec: { exportTo } })], { namespace })).length).toBe(seen ? 2 : 1);
  });

  test('a target says it for itself: a wider one is learned before routes lead to it', () => {
    const targets = [
      targetFor({}, { exportTo: ['.'], keepUntil: time(200) }),
      targetFor({}, { revision: 2, exportTo: ['*'], routesFrom: time(100) }),
    ];
    const canary = releaseOf({ targets, spec: { exportTo: ['*'] } });
    const see = (namespace: string, now: number): unknown[] => [
      namesOf(hosts([canary], { namespace }, NOW + now))[0],
      snapshot([canary], { namespace }, NOW + now).clusters.length,
    ];
    expect(see('shop', 0)).toEqual(['shop/cart/8080', 20]);
    expect(see('else', 0)).toEqual(['any', 10]);
    expect(see('else', 100)).toEqual(['shop/cart/8080/2', 10]);
    expect(see('shop', 200)).toEqual(['shop/cart/8080/2', 10]);
  });
});

describe('staging', () => {
  const fresh = releaseOf({ targets: [targetFor({}, { routesFrom: time(100) })] });
  const gone = releaseOf({ targets: [targetFor({}, { keepUntil: time(100) })], deleted: true });

  test.each<[string, Canary, number, hosts: number, clusters: number, until: number | undefined]>([
    ['a new canary is learned first', fresh, 99, 1, 10, 100],
    ['and then served', fresh, 100, 2, 10, undefined],
    ['a deleted one loses its routes first', gone, 0, 1, 10, 100],
    ['and then everything', gone, 100, 1, 0, undefined],
  ])('%s', (_title, canary, now, virtualHosts, clusters, until) => {
    const made = snapshot([canary], {}, NOW + now);
    expect(namesOf(at(made.routes, 0, 'virtual_hosts'))).toHaveLength(virtualHosts);
    expect(made.clusters).toHaveLength(clusters);
    expect(made.listeners.paced).toHaveLength(clusters === 0 ? 0 : 1);
    expect(made.validUntil).toBe(until === undefined ? undefined : NOW + until);
  });
});

describe('versions', () => {
  const versions = (canaries: readonly Canary[], more = {}): string[] =>
    Object.values(answersOf(snapshot(canaries, more)).direct).map(({ version }) => version);

  test('equal content is one version, whatever the order and the resourceVersions', () => {
    const [a, b] = [releaseOf(), releaseOf({ service: 'b' })];
    expect(versions([b, { ...a, metadata: { ...a.metadata, resourceVersion: '9' } }])).toEqual(versions([a, b]));
  });

  test('a weight moves the version of the routes alone', () => {
    const [before, after] = [versions([releaseOf()]), versions([releaseOf({ weight: 1 })])];
    expect(after.map((version, i) => version === before[i])).toEqual([true, true, false]);
  });

  test('the first routes are those of a fleet without canaries', () => {
    expect(answersOf(snapshot([])).direct.routes).toEqual(FIRST_ROUTES);
    expect(JSON.parse(FIRST_ROUTES.body)).toMatchObject({
      version_info: FIRST_ROUTES.version,
      type_url: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
      resources: [{ name: 'outbound' }],
    });
    expect(FIRST_ROUTES.version).toMatch(/^[0-9a-f]{16}$/);
  });
});
