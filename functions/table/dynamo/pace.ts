import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PACE_KEPT_MS, type PaceStore } from '../../canary/pace.ts';
import { paceKey } from '../keys.ts';
import { callDynamo, type DynamoTools } from './call.ts';
import { itemKey, number, unlessKept } from './item.ts';
import { getItem } from './rows.ts';

/** The pace of each Kubernetes cluster in DynamoDB: one item. */
export function createDynamoPace(tools: DynamoTools): PaceStore {
  return {
    notePace: async (cluster, { refreshMs, at }, signal) => {
      const command = new PutItemCommand({
        TableName: tools.table,
        Item: { ...itemKey(paceKey(cluster)), refreshMs: number(refreshMs), heardAt: number(at) },
        ConditionExpression: 'attribute_not_exists(PK) OR refreshMs <= :refreshMs OR heardAt < :forgotten',
        ExpressionAttributeValues: { ':refreshMs': number(refreshMs), ':forgotten': number(at - PACE_KEPT_MS) },
      });
      await callDynamo(tools, (abortSignal) => unlessKept(tools.client.send(command, { abortSignal })), signal);
    },
    findPace: async (cluster, signal) => {
      const item = await getItem(tools, paceKey(cluster), signal);
      const [refreshMs, at] = [Number(item?.['refreshMs']?.N), Number(item?.['heardAt']?.N)];
      return Number.isFinite(refreshMs) && Number.isFinite(at) ? { refreshMs, at } : undefined;
    },
  };
}
