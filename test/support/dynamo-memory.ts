import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Attributes, type Condition, holds, type Keyed, updated } from './dynamo-expressions.ts';

/** A DynamoDB on loopback that keeps its items in memory: the calls of our stores, and no other. */
export interface DynamoMemory {
  readonly url: string;
  /** All items as they stand, in no order. */
  items(): readonly Attributes[];
  /** Changes the item under a key, past every condition. */
  change(partition: string, sort: string, changed: (item: Attributes) => Attributes): void;
  close(): void;
}

/** A page of a query has so many items at most: DynamoDB's end at 1 MB, which tests seldom fill. */
const PAGE_ITEMS = 3;

interface Write extends Condition {
  readonly Item?: Attributes;
  readonly Key?: Keyed;
  readonly UpdateExpression?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
}
interface Call extends Write {
  readonly TransactItems?: readonly { readonly Put?: Write; readonly Update?: Write; readonly Delete?: Write }[];
  readonly ClientRequestToken?: string;
  readonly KeyConditionExpression?: string;
  readonly ScanIndexForward?: boolean;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: Keyed;
}
type Answer = { readonly status: 200 | 400; readonly body: object };

const refused = (type: string, more = {}): Answer => ({
  status: 400,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'a condition failed', ...more },
});

/** Starts it, empty. */
export async function startDynamoMemory(): Promise<DynamoMemory> {
  const items = new Map<string, Attributes>();
  const tokens = new Set<string>();
  const idOf = ({ PK, SK }: Keyed): string => JSON.stringify([PK.S, SK.S]);
  const targetOf = (write: Write): string => idOf(write.Key ?? keyIn(write.Item));
  const write = (each: Write, isDelete = false): void => {
    const id = targetOf(each);
    if (isDelete) items.delete(id);
    else items.set(id, each.Item ?? updated({ ...each.Key, ...items.get(id) }, each.UpdateExpression ?? '', each));
  };
  const isMet = (each: Write): boolean => holds(each.ConditionExpression, items.get(targetOf(each)), each);
  const operations: Readonly<Record<string, (call: Call) => Answer>> = {
    GetItem: (call) => ({ status: 200, body: { Item: items.get(targetOf(call)) } }),
    PutItem: (call) => {
      if (!isMet(call)) return refused('ConditionalCheckFailedException');
      write(call);
      return { status: 200, body: {} };
    },
    DeleteItem: (call) => {
      if (!isMet(call)) return refused('ConditionalCheckFailedException');
      write(call, true);
      return { status: 200, body: {} };
    },
    Query: (call) => ({ status: 200, body: page([...items.values()], call) }),
    TransactWriteItems: ({ TransactItems = [], ClientRequestToken = '' }) => {
      if (tokens.has(ClientRequestToken)) return { status: 200, body: {} };
      const writes = TransactItems.map(({ Put, Update, Delete }) => ({ each: Put ?? Update ?? Delete ?? {}, Delete }));
      const reasons = writes.map(({ each }) =>
        isMet(each) ? { Code: 'None' } : failure(each, items.get(targetOf(each))),
      );
      if (reasons.some(({ Code }) => Code !== 'None')) {
        return refused('TransactionCanceledException', { CancellationReasons: reasons });
      }
      for (const { each, Delete } of writes) write(each, Delete !== undefined);
      tokens.add(ClientRequestToken);
      return { status: 200, body: {} };
    },
  };
  const server = http.createServer((request, response) => {
    void text(request).then((body) => {
      const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '');
      const { status, body: answer } = operations[operation]?.(JSON.parse(body)) ?? refused('ValidationException');
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    items: () => [...items.values()],
    change: (partition, sort, changed) => {
      const id = idOf({ PK: { S: partition }, SK: { S: sort } });
      items.set(id, changed(items.get(id) ?? {}));
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function keyIn(item: Attributes = {}): Keyed {
  return { PK: { S: item['PK']?.S ?? '' }, SK: { S: item['SK']?.S ?? '' } };
}

function failure(write: Write, item: Attributes | undefined): { readonly Code: string; readonly Item?: Attributes } {
  const isTold = write.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && item !== undefined;
  return { Code: 'ConditionalCheckFailed', ...(isTold ? { Item: item } : {}) };
}

/** The items that a query finds in the order of their sort keys, from behind `ExclusiveStartKey` up to the page's end. */
function page(items: readonly Attributes[], call: Call): object {
  const sortOf = (item: Attributes): string => keyIn(item).SK.S;
  const found = items
    .filter((item) => holds(call.KeyConditionExpression, item, call))
    .sort((a, b) => Buffer.compare(Buffer.from(sortOf(a)), Buffer.from(sortOf(b))));
  if (call.ScanIndexForward === false) found.reverse();
  const after = call.ExclusiveStartKey?.SK.S;
  const rest = found.slice(after === undefined ? 0 : found.findIndex((item) => sortOf(item) === after) + 1);
  const Items = rest.slice(0, Math.min(call.Limit ?? PAGE_ITEMS, PAGE_ITEMS));
  return { Items, ...(Items.length < rest.length ? { LastEvaluatedKey: keyIn(Items.at(-1)) } : {}) };
}
