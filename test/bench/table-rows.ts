import { setTimeout as sleep } from 'node:timers/promises';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { atVersion } from '../../functions/canary/version-line.ts';
import { proxyIdentity } from '../../functions/identity/proxy-identity.ts';
import type { DynamoTools } from '../../functions/table/dynamo/call.ts';
import { createDynamoStore } from '../../functions/table/dynamo/dynamo-store.ts';
import type { TableStore } from '../../functions/table/table-store.ts';
import { newestList } from '../../functions/traffic/newest-list.ts';
import { proxyReport } from '../../functions/traffic/proxies/proxy-report.ts';
import { createSeenProxies } from '../../functions/traffic/proxies/seen-proxies.ts';
import { startDynamoDbLocal } from '../real/support/dynamodb-local.ts';
import { dynamoToolsFor } from '../support/dynamo-client.ts';
import { CANARIES, openReleaseEntryPoint, releaseEvent } from '../support/release-entry-point.ts';
import { releaseOf } from '../support/releases.ts';
import { auditOf } from '../support/stored-canaries.ts';
import { at } from '../support/values.ts';
import { median, type Row } from './rows.ts';

const CANARIES_COUNT = 500;
const ENVIRONMENTS = 20;
const PROXIES = 10_000;
/** Seconds between two reports of an environment (`REPORT_WRITE_EVERY_MS`). */
const REPORT_SECONDS = 3;
const WRITERS = 50;
const ABORTS = 60;
/** How long a transaction holds the head: DynamoDB Local runs them one after the other and never says that they meet. */
const TRANSACTION_MS = 8;
const signal = (): AbortSignal => AbortSignal.timeout(60_000);

/** What the table costs, in DynamoDB's own units as DynamoDB Local counts them, and how long an abort takes in a crowd. */
export async function tableRows(print: (line: string) => void): Promise<readonly Row[]> {
  const local = await startDynamoDbLocal();
  try {
    const tools = dynamoToolsFor(local.url, local.table);
    const used = countUnits(tools);
    const store = createDynamoStore(tools);
    const rows = [...(await headRows(store, used)), ...(await reportRows(store, used))];
    collide(tools);
    return [...rows, ...(await abortRows(store, print))];
  } finally {
    await local.stop();
  }
}

/** The units that were used, by partition and in all; set to zero by whoever measures. */
interface Units {
  total: number;
  readonly byPartition: Map<string, number>;
}

function countUnits({ client }: DynamoTools): Units {
  const units: Units = { total: 0, byPartition: new Map() };
  client.middlewareStack.add(
    (next) => async (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      const result = await next(args);
      const consumed = [at(result.output, 'ConsumedCapacity') ?? []].flat();
      const spent = consumed.reduce<number>((sum, one) => sum + Number(at(one, 'CapacityUnits') ?? 0), 0);
      const partition = String(at(args.input, 'Item', 'PK', 'S') ?? '');
      units.total += spent;
      units.byPartition.set(partition, (units.byPartition.get(partition) ?? 0) + spent);
      return result;
    },
    { step: 'initialize' },
  );
  return units;
}

async function create(store: TableStore, cluster: string, service: string, weight = 0): Promise<number> {
  const version = (await store.readHead(cluster, signal())) + 1;
  const canary = atVersion(releaseOf({ service, weight }), version);
  const { outcome } = await store.create(cluster, canary, { audit: auditOf(canary) }, signal());
  if (outcome !== 'written') throw new Error(`${service} was not created: ${outcome}`);
  return version;
}

/** One write among 500 canaries, as the readers of 20 environments meet it. */
async function headRows(store: TableStore, used: Units): Promise<readonly Row[]> {
  for (let i = 0; i < CANARIES_COUNT; i++) await create(store, 'many', `cart-${i}`);
  const known = await store.listCanaries('many', signal());
  const abort = { weights: { stable: 100, canary: 0 }, phase: 'Failed', conditions: [] } as const;
  const moment = { lastTransitionTime: new Date().toISOString(), awaitingUntil: new Date().toISOString() };
  const first = releaseOf({ service: 'cart-0' });
  const key = { cluster: 'many', namespace: 'shop', name: 'cart-0' };
  await store.abort(key, { ...abort, ...moment }, auditOf(first), signal());
  const unitsOf = async (read: () => Promise<unknown>): Promise<number> => {
    used.total = 0;
    await read();
    return used.total * ENVIRONMENTS;
  };
  const moves = await unitsOf(async () => {
    const head = await store.readHead('many', signal());
    await newestList(store, 'many', known, head, signal());
  });
  const list = await unitsOf(() => store.listCanaries('many', signal()));
  const of = `${CANARIES_COUNT} canaries × ${ENVIRONMENTS} environments`;
  return [
    { name: `table: read units of a move of the head, ${of}`, value: moves, unit: 'RCU', goal: 3_000 },
    { name: 'table: the same by whole lists', value: list, unit: 'RCU' },
  ];
}

/** 10,000 proxies, all of which every environment has seen, while a canary is awaited. */
async function reportRows(store: TableStore, used: Units): Promise<readonly Row[]> {
  const seen = createSeenProxies();
  const now = Date.now();
  for (let i = 0; i < PROXIES; i++) {
    const namespace = `team-${i % ENVIRONMENTS}`;
    const pod = { name: `web-${i}`, uid: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}` };
    const identity = proxyIdentity({ cluster: 'many', namespace, serviceAccount: 'default', pod });
    const version = '0123456789abcdef';
    seen.note({ identity, version, current: version, canaries: new Map(), sent: undefined, at: now });
  }
  const report = proxyReport(seen, new Set(), now);
  used.byPartition.clear();
  used.total = 0;
  for (let i = 0; i < ENVIRONMENTS; i++) await store.writeProxyReport('many', crypto.randomUUID(), report, signal());
  const busiest = Math.max(...used.byPartition.values());
  return [
    {
      name: `table: write units of reports on ${PROXIES} proxies, busiest partition`,
      value: busiest / REPORT_SECONDS,
      unit: '/s',
      goal: 1_000,
    },
    { name: 'table: the same in all partitions', value: used.total / REPORT_SECONDS, unit: '/s' },
  ];
}

/** Two transactions on one head at a time: DynamoDB cancels the second one, which DynamoDB Local never does. */
function collide({ client }: DynamoTools): void {
  let isTaken = false;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName !== 'TransactWriteItemsCommand') return await next(args);
      if (isTaken) {
        await sleep(TRANSACTION_MS);
        const parts = [at(args.input, 'TransactItems') ?? []].flat();
        // The head and whose write it was come last.
        const CancellationReasons = parts.map((_, i) => ({
          Code: i === parts.length - 2 ? 'TransactionConflict' : 'None',
        }));
        throw new TransactionCanceledException({ $metadata: {}, message: 'as DynamoDB does', CancellationReasons });
      }
      isTaken = true;
      try {
        await sleep(TRANSACTION_MS);
        return await next(args);
      } finally {
        isTaken = false;
      }
    },
    { step: 'initialize' },
  );
}

/** Aborts, one after the other, while 50 writers set weights of canaries of their own through the release API. */
async function abortRows(store: TableStore, print: (line: string) => void): Promise<readonly Row[]> {
  for (let i = 0; i < WRITERS; i++) await create(store, 'local', `busy-${i}`, 10);
  for (let i = 0; i < ABORTS; i++) await create(store, 'local', `bad-${i}`, 50);
  const entryPoint = openReleaseEntryPoint({ store, inRealTime: true });
  let isOver = false;
  let writes = 0;
  let refused = 0;
  const write = async (path: string): Promise<void> => {
    for (let weight = 11; !isOver; weight = 10 + (weight % 80)) {
      const { headers } = await entryPoint.handler(releaseEvent('GET', path));
      const backends = [
        { name: 'stable', weight: 100 - weight },
        { name: 'canary', weight },
      ];
      const ask = { headers: { 'if-match': String(headers?.['etag'] ?? headers?.['ETag'] ?? '') }, body: { backends } };
      const { statusCode } = await entryPoint.handler(releaseEvent('PUT', path, ask));
      if (statusCode === 200) writes++;
      else refused++;
    }
  };
  const writing = Promise.all(Array.from({ length: WRITERS }, (_, i) => write(`${CANARIES}/busy-${i}/weights`)));
  await sleep(2_000);
  const times: number[] = [];
  const begun = performance.now();
  const writesBefore = writes;
  for (let i = 0; i < ABORTS; i++) {
    const from = performance.now();
    const { statusCode, body } = await entryPoint.abort(releaseEvent('POST', `${CANARIES}/bad-${i}/abort`));
    if (statusCode !== 200) throw new Error(`the abort of bad-${i} was answered ${statusCode}: ${body}`);
    times.push((performance.now() - from) / 1_000);
  }
  const seconds = (performance.now() - begun) / 1_000;
  const perSecond = (writes - writesBefore) / seconds;
  isOver = true;
  await writing;
  const sorted = times.toSorted((a, b) => a - b);
  const p99 = sorted[Math.ceil(ABORTS * 0.99) - 1] ?? Number.NaN;
  print(`${WRITERS} writers: ${perSecond.toFixed(1)} writes a second beside the aborts, ${refused} refused`);
  return [
    { name: `abort beside ${WRITERS} writers: median`, value: median(times), unit: 's' },
    { name: `abort beside ${WRITERS} writers: p99 of ${ABORTS}`, value: p99, unit: 's', goal: 1 },
    { name: `abort beside ${WRITERS} writers: max`, value: sorted.at(-1) ?? Number.NaN, unit: 's', goal: 2 },
  ];
}
