import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { envoyClusters } from '../../functions/traffic/xds/envoy-clusters.ts';
import { listenerOf } from '../../functions/traffic/xds/listener.ts';
import { clusterNames } from '../../functions/traffic/xds/names.ts';
import { routeConfiguration } from '../../functions/traffic/xds/route-configuration.ts';
import { virtualHost } from '../../functions/traffic/xds/virtual-host.ts';
import { envoyArgs, MESH_CORNERS, meshed } from '../support/mesh-pod.ts';
import { releaseOf, targetFor } from '../support/releases.ts';
import { at } from '../support/values.ts';
import { ENVOY_VERSIONS, type Envoy, startEnvoy, whyNotEnvoy } from './support/envoy.ts';
import { lines, type RawServer, sendRaw, startRawServer } from './support/raw-server.ts';
import { describeReal } from './support/suite.ts';

type Json = Record<string, unknown>;

const OK = 'HTTP/1.1 200 OK';
const SWITCHED = 'HTTP/1.1 101 Switching Protocols';
const get = (more: string, path = '/a', version = '1.1'): string => `GET ${path} HTTP/${version}\r\n${more}\r\n`;
const upgrade = (to: string): string => get(`Host: x\r\nConnection: Upgrade\r\nUpgrade: ${to}\r\n`);

/** What is sent; how the answer begins, up to where it is read; what the server sees, whole where it ends so. */
const CASES: readonly [title: string, sent: string, answer: string, until: string, seen: string][] = [
  ['nothing is added', get('Host: x\r\n'), OK, 'done', 'GET /a HTTP/1.1\r\nHost: x$'],
  ['own protocol', get('Host: x\r\nX-Forwarded-Proto: ftp\r\n'), OK, 'done', 'Host: x\r\nX-Forwarded-Proto: ftp$'],
  ['nobody forges it', get('Host: x\r\nX-Outrigger-Forwarded-Proto: ftp\r\n'), OK, 'done', 'Host: x$'],
  ['CONNECT', 'CONNECT y:443 HTTP/1.1\r\nHost: y:443\r\n\r\n', OK, 'tunnel', 'CONNECT y:443 HTTP/1.1\r\nHost: y:443$'],
  ['CONNECT to a canary', 'CONNECT cart.shop:8080 HTTP/1.1\r\nHost: cart.shop:8080\r\n\r\n', OK, 'tunnel', 'CONNECT'],
  ['WebSocket', upgrade('websocket'), SWITCHED, 'tunnel', 'Upgrade: websocket'],
  ['kubectl', upgrade('SPDY/3.1'), SWITCHED, 'tunnel', 'Upgrade: SPDY/3.1'],
  ['Docker', upgrade('tcp'), SWITCHED, 'tunnel', 'Upgrade: tcp'],
  ['an upgrade that nobody needs', upgrade('TLS/1.2'), OK, 'done', 'GET /a HTTP/1.1\r\nHost: x$'],
  ['an upgrade that Envoy cannot', upgrade('foo'), 'HTTP/1.1 403 Forbidden', '\r\n\r\n', ''],
  ['500 headers', get(`Host: x\r\n${lines(500)}`), OK, 'done', 'X-H499: v$'],
  ['a header of 3 MB', get(`Host: x\r\nX-Large: ${'y'.repeat(3 << 20)}\r\n`), OK, 'done', 'yyy$'],
  ['500 headers answered', get('Host: x\r\n', '/many'), OK, 'X-H499: v\r\nX-End: 1', 'Host: x$'],
  ['200 KB answered', get('Host: x\r\n', '/large'), OK, 'yyy\r\nX-End: 1', 'Host: x$'],
  ['HTTP/1.0 without a Host', get('', '/a', '1.0'), 'HTTP/1.0 200 OK', 'done', 'host: unnamed.invalid$'],
  ['a method of its own', 'FROB /a HTTP/1.1\r\nHost: x\r\n\r\n', OK, 'done', 'FROB /a HTTP/1.1\r\nHost: x'],
  // Only the first request of a connection decides whether it is HTTP.
  [
    'Vault’s, after another one',
    `${get('Host: x\r\n')}LIST /b HTTP/1.1\r\nHost: x\r\n\r\n`,
    OK,
    'doneHTTP/1.1 200 OK',
    'LIST /b HTTP/1.1\r\nHost: x',
  ],
  ['a phrase of the server’s own', get('Host: x\r\n', '/phrase'), 'HTTP/1.1 200 Quite Fine', 'done', 'Host: x$'],
  ['another phrase', get('Host: x\r\n', '/too-large'), 'HTTP/1.1 413 Too Large', 'done', 'Host: x$'],
  ['early hints', get('Host: x\r\n', '/early'), 'HTTP/1.1 103 Early Hints\r\n', 'done', 'Host: x$'],
  // What Envoy cannot keep (docs/reference/envoy-template.md, "What cannot be kept").
  ['a request about the server', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', 'HTTP/1.1 404', '\r\n\r\n', ''],
  ['two lengths', get('Host: x\r\n', '/two-lengths'), 'HTTP/1.1 502', 'protocol error', 'Host: x$'],
  ['a length and chunks', get('Host: x\r\n', '/length-and-chunks'), 'HTTP/1.1 502', 'protocol error', 'Host: x$'],
  ['ICY', get('Host: x\r\n', '/icy'), 'HTTP/1.1 502', 'protocol error', 'Host: x$'],
  ['no phrase', get('Host: x\r\n', '/no-phrase'), 'HTTP/1.1 299 Unknown\r\n', 'done', 'Host: x$'],
  ['a date', get('Host: x\r\n'), OK, 'date: ', 'Host: x$'],
];

await describeReal('HTTP through Envoy is what it was', whyNotEnvoy, () => {
  let server: RawServer;
  beforeAll(async () => {
    server = await startRawServer();
  });
  afterAll(() => server.close());

  describe.each(ENVOY_VERSIONS)('Envoy %s', (version) => {
    describe.each<[string, () => Promise<Json>]>([
      ['outbound, as discovery serves it', async () => outbound(server.port)],
      ['inbound, as the template has it', async () => await inbound(server.port)],
    ])('%s', (_title, bootstrap) => {
      let envoy: Envoy;
      let port: number;
      beforeAll(async () => {
        envoy = await startEnvoy(await bootstrap(), { version });
        port = await envoy.listenerPort('bound');
      });
      afterAll(async () => await envoy.stop());

      test.each(CASES)('%s', async (_case, sent, answer, until, seen) => {
        server.heads.length = 0;
        const came = await sendRaw(port, sent, until);
        expect(came.slice(0, answer.length)).toBe(answer);
        expect(came).toContain(until);
        const head = server.heads.map((text) => `${text}$`).join('');
        expect(head.slice(-300)).toContain(seen);
        expect(head === '').toBe(seen === '');
      });

      test('trailers', async () => {
        server.heads.length = 0;
        const head =
          'POST /a HTTP/1.1\r\nHost: x\r\nTE: trailers\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n';
        await sendRaw(port, `${head}1\r\na\r\n0\r\nX-T: 1\r\n\r\n`, 'done');
        // Of trailers Envoy keeps no case.
        await expect.poll(() => server.heads.join()).toContain('0\r\nx-t: 1');
      });
    });
  });
});

/** The listener and the routes of a canary, with every Envoy cluster at one server. */
function outbound(port: number): Json {
  const listener = plain(listenerOf(8080, { form: 'paced', xdsCluster: 'xds', routesRefreshSeconds: 5 }));
  const release = releaseOf();
  const viewer = { namespace: 'shop', clusterDomain: 'cluster.local' };
  const { spec, status } = release;
  const target = targetFor();
  const host = virtualHost(
    {
      namespace: 'shop',
      target,
      weights: status.weights,
      spec,
      managed: { headers: [], mirrors: [] },
      atRest: false,
      hasFallback: true,
    },
    viewer,
  );
  const manager = at(listener, 'filter_chains', 0, 'filters', 0, 'typed_config') as Json;
  delete manager['rds'];
  manager['route_config'] = plain(routeConfiguration([host]));
  const names = clusterNames('shop', target);
  const pods = envoyClusters(target, 'shop', 'cluster.local')
    .map(plain)
    .find(({ name }) => name === names.canaryOnly);
  // The bootstrap's passthrough-http has the same options; that is the inbound half's to show.
  const named = ['passthrough', 'passthrough-http', names.stable, names.canary].map((name) => ({ ...pods, name }));
  return bound(listener, named, port);
}

/** The inbound chain of an injected Pod, without what needs a redirected connection. */
async function inbound(port: number): Promise<Json> {
  const capture = MESH_CORNERS['capture'] ?? { record: {}, parameters: {} };
  const args = envoyArgs(await meshed(capture));
  const resources: unknown = at(parse(args[args.indexOf('--config-yaml') + 1] ?? ''), 'static_resources');
  const [listeners, clusters] = [at(resources, 'listeners') as Json[], at(resources, 'clusters') as Json[]];
  const listener = listeners.find(({ name }) => name === 'virtual-inbound') ?? {};
  listener['listener_filters'] = [at(listener, 'listener_filters', 1)];
  listener['filter_chains'] = [at(listener, 'filter_chains', 1)];
  return bound(
    listener,
    clusters.filter(({ name }) => String(name).startsWith('inbound-')),
    port,
  );
}

function bound(listener: Json, clusters: readonly Json[], port: number): Json {
  const address = (port_value: number): Json => ({ socket_address: { address: '127.0.0.1', port_value } });
  const { bind_to_port: _unbound, ...rest } = listener;
  return {
    static_resources: {
      listeners: [{ ...rest, name: 'bound', address: address(0) }],
      clusters: clusters.map(({ lb_policy: _original, ...cluster }) => ({
        ...cluster,
        type: 'STATIC',
        load_assignment: {
          cluster_name: cluster['name'],
          endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }],
        },
      })),
    },
  };
}

/** In a bootstrap the type of a message follows from where it stands. */
function plain(message: object): Json {
  const { '@type': _type, ...fields } = structuredClone(message) as Json;
  return fields;
}
