// cluster-dns.ts ADDRESS [NAME]: the cluster's name server in place of CoreDNS: A records of Services (their cluster IP, or
// the ready addresses of a headless one) and of the node, by its NAME, at ADDRESS; nothing else, no upstream.
import dgram from 'node:dgram';
import { CoreV1Api, DiscoveryV1Api, KubeConfig } from '@kubernetes/client-node';

const [address = '127.0.0.1', node = 'node1'] = process.argv.slice(2);
const DOMAIN = 'cluster.local';
const REFRESH_MS = 1_000;
const CLASS_AND_TYPE_BYTES = 4;

const config = new KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(CoreV1Api);
const discovery = config.makeApiClient(DiscoveryV1Api);

let table: ReadonlyMap<string, readonly string[]> = new Map();
let fetched = 0;
let fetching: Promise<void> | undefined;

async function fetchTable(): Promise<void> {
  const [services, slices] = await Promise.all([
    core.listServiceForAllNamespaces(),
    discovery.listEndpointSliceForAllNamespaces(),
  ]);
  table = new Map<string, readonly string[]>([
    [node, [address]],
    ...services.items.map(({ metadata, spec }): [string, readonly string[]] => {
      const mine = slices.items.filter(
        (s) =>
          s.metadata?.namespace === metadata?.namespace &&
          s.metadata?.labels?.['kubernetes.io/service-name'] === metadata?.name,
      );
      const ready = mine.flatMap((s) => s.endpoints ?? []).filter((e) => e.conditions?.ready !== false);
      const addresses = spec?.clusterIP === 'None' ? ready.flatMap((e) => e.addresses) : [spec?.clusterIP ?? ''];
      return [`${metadata?.name}.${metadata?.namespace}.svc.${DOMAIN}`, addresses];
    }),
  ]);
  fetched = Date.now();
}

async function refresh(): Promise<void> {
  if (Date.now() - fetched < REFRESH_MS) return;
  fetching ??= fetchTable().finally(() => {
    fetching = undefined;
  });
  await fetching;
}

/** The name and type of a query's single question, and where the question ends. */
function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let i = 12;
  for (let length = query[i] ?? 0; length > 0; length = query[i] ?? 0) {
    labels.push(query.toString('latin1', i + 1, i + 1 + length));
    i += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(i + 1), end: i + 1 + CLASS_AND_TYPE_BYTES };
}

function answer(query: Buffer): Buffer {
  const { name, type, end } = readQuestion(query);
  const known = table.get(name);
  const addresses = type === 1 ? (known ?? []) : [];
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8580 | (known === undefined ? 3 : 0), 2); // authoritative answer; NXDOMAIN when unknown
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  const records = addresses.map((ip) =>
    Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, ...ip.split('.').map(Number)]),
  );
  return Buffer.concat([head, query.subarray(12, end), ...records]);
}

const socket = dgram.createSocket('udp4');
socket.on('message', (query, from) => {
  void refresh()
    .then(() => socket.send(answer(query), from.port, from.address))
    .catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
});
socket.bind(53, address);
