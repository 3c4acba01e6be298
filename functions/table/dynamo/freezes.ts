import { ConditionalCheckFailedException, DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { FreezeStore } from '../../canary/freeze/freeze-store.ts';
import { freezeKey, freezesFor, freezesOf, readFreeze } from '../freezes.ts';
import type { RowRange } from '../rows.ts';
import { writeStored } from '../stored.ts';
import { type Answered, callDynamo, type DynamoTools } from './call.ts';
import { itemKey, number } from './item.ts';
import { getItem, queryItems } from './rows.ts';

/** The freezes in DynamoDB: one item each, `freeze` as JSON and its `version` beside it for the condition. */
export function createDynamoFreezes(tools: DynamoTools): FreezeStore {
  const list = async (range: RowRange, signal: AbortSignal) =>
    (await queryItems(tools, range, signal)).map((item) => readFreeze(item['freeze']?.S, item['SK']?.S ?? ''));
  return {
    listFreezes: (place, signal) => list(freezesOf(place), signal),
    readFreezes: async (cluster, signal) =>
      (await Promise.all(freezesFor(cluster).map((range) => list(range, signal)))).flat(),
    getFreeze: async (place, name, signal) => {
      const key = freezeKey(place, name);
      const item = await getItem(tools, key, signal);
      return item === undefined ? undefined : readFreeze(item['freeze']?.S, key.sort);
    },
    putFreeze: async (place, freeze, expected, signal) => {
      const key = freezeKey(place, freeze.metadata.name);
      const text = writeStored('freeze', freeze);
      const command = new PutItemCommand({
        TableName: tools.table,
        Item: { ...itemKey(key), freeze: { S: text }, version: number(freeze.metadata.resourceVersion) },
        ...(expected === undefined
          ? { ConditionExpression: 'attribute_not_exists(PK)' }
          : {
              ConditionExpression: '#version = :expected',
              ExpressionAttributeNames: { '#version': 'version' },
              ExpressionAttributeValues: { ':expected': number(expected) },
            }),
      });
      const { answer, mayBeRepeated } = await unlessRefused(tools, (s) => tools.client.send(command, s), signal);
      // An earlier try may have written it, without our hearing of it.
      const isOurs = mayBeRepeated && (await getItem(tools, key, signal))?.['freeze']?.S === text;
      return answer || isOurs ? 'written' : 'conflict';
    },
    deleteFreeze: async (place, name, signal) => {
      const command = new DeleteItemCommand({
        TableName: tools.table,
        Key: itemKey(freezeKey(place, name)),
        ConditionExpression: 'attribute_exists(PK)',
      });
      const { answer, mayBeRepeated } = await unlessRefused(tools, (s) => tools.client.send(command, s), signal);
      return answer || mayBeRepeated;
    },
  };
}

/** Sends a write under a condition. @returns whether the condition held */
async function unlessRefused(
  tools: DynamoTools,
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<unknown>,
  signal: AbortSignal,
): Promise<Answered<boolean>> {
  const attempt = async (abortSignal: AbortSignal): Promise<boolean> => {
    try {
      await send({ abortSignal });
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };
  return await callDynamo(tools, attempt, signal);
}
