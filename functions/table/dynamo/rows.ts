import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { CanaryStoreError } from '../../errors.ts';
import type { RowKey } from '../row-key.ts';
import type { RowRange, RowsBetween } from '../rows.ts';
import { callDynamo, type DynamoTools } from './call.ts';
import { type Item, itemKey } from './item.ts';

/** A page is 1 MB; 64 MB are some ten thousand canaries, more than one environment could serve. */
const PAGES_MAX = 64;

/** Reads one item, strongly consistent; undefined when there is none. Throws CanaryStoreError. */
export async function getItem(tools: DynamoTools, key: RowKey, signal: AbortSignal): Promise<Item | undefined> {
  const command = new GetItemCommand({ TableName: tools.table, Key: itemKey(key), ConsistentRead: true });
  const { answer } = await callDynamo(tools, (abortSignal) => tools.client.send(command, { abortSignal }), signal);
  return answer.Item;
}

/** Reads all items of a range, strongly consistent, page by page. Throws CanaryStoreError rather than leave one out. */
export async function queryItems(
  tools: DynamoTools,
  range: RowRange | RowsBetween,
  signal: AbortSignal,
): Promise<readonly Item[]> {
  const newestFirst = 'prefix' in range ? range.newestFirst : undefined;
  const where =
    'prefix' in range
      ? { condition: 'begins_with(SK, :prefix)', values: { ':prefix': { S: range.prefix } } }
      : { condition: 'SK BETWEEN :from AND :to', values: { ':from': { S: range.from }, ':to': { S: range.to } } };
  const items: Item[] = [];
  let start: Item | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const command = new QueryCommand({
      TableName: tools.table,
      KeyConditionExpression: `PK = :partition AND ${where.condition}`,
      ExpressionAttributeValues: { ':partition': { S: range.partition }, ...where.values },
      ConsistentRead: true,
      ScanIndexForward: newestFirst === undefined,
      ...(newestFirst === undefined ? {} : { Limit: newestFirst.limit - items.length }),
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    const { answer } = await callDynamo(tools, (abortSignal) => tools.client.send(command, { abortSignal }), signal);
    // DynamoDB says so when there are none; a response that does not is not DynamoDB's.
    if (answer.Items === undefined) throw new CanaryStoreError('DynamoDB answered a query without items');
    items.push(...answer.Items);
    start = answer.LastEvaluatedKey;
    if (start === undefined || items.length === newestFirst?.limit) return items;
  }
  throw new CanaryStoreError(`more than ${PAGES_MAX} MB stand under ${'prefix' in range ? range.prefix : range.from}`);
}
