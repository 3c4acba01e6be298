import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { ConfirmationStore } from '../../canary/confirmation.ts';
import { confirmationKey } from '../keys.ts';
import { CONFIRMATION_SECONDS, parseConfirmation, parseJson, writeStored } from '../stored.ts';
import { callDynamo, type DynamoTools } from './call.ts';
import { itemKey, number, unlessKept } from './item.ts';
import { getItem } from './rows.ts';

/** The confirmations in DynamoDB: one item for each canary, which expires. */
export function createDynamoConfirmations(tools: DynamoTools): ConfirmationStore {
  return {
    keepConfirmation: async (key, confirmation, signal) => {
      const version = number(confirmation.resourceVersion);
      const command = new PutItemCommand({
        TableName: tools.table,
        Item: {
          ...itemKey(confirmationKey(key)),
          confirmation: { S: writeStored('confirmation', confirmation) },
          version,
          expires: number(Math.ceil(tools.now() / 1_000) + CONFIRMATION_SECONDS),
        },
        ConditionExpression: 'attribute_not_exists(PK) OR version < :version',
        ExpressionAttributeValues: { ':version': version },
      });
      await callDynamo(tools, (abortSignal) => unlessKept(tools.client.send(command, { abortSignal })), signal);
    },
    findConfirmation: async (key, signal) => {
      const item = await getItem(tools, confirmationKey(key), signal);
      return parseConfirmation(parseJson(item?.['confirmation']?.S));
    },
  };
}
