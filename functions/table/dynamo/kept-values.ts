import { type AttributeValue, ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Bound, Kept, KeptValues } from '../kept/kept.ts';
import { parseJson, writeStored } from '../stored.ts';
import { callDynamo, type DynamoTools } from './call.ts';
import { type Item, itemKey, number } from './item.ts';
import { getItem } from './rows.ts';

/** Kept values in DynamoDB: one item each, written under a condition on its numbers. */
export function createDynamoKeptValues(tools: DynamoTools): KeptValues {
  return {
    write: async (kept, of, value, signal) => {
      const now = tools.now();
      const command = new PutItemCommand({
        TableName: tools.table,
        Item: { ...itemKey(kept.keyOf(of)), ...attributesOf(kept, value, now) },
        ...conditionOf(kept.givesWay(value, now)),
      });
      const put = async (abortSignal: AbortSignal): Promise<void> => {
        await tools.client.send(command, { abortSignal }).catch((error: unknown) => {
          // A better value is kept already, of another environment: that is what was wanted.
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
        });
      };
      await callDynamo(tools, put, signal);
    },
    read: async (kept, of, signal) => {
      const item = (await getItem(tools, kept.keyOf(of), signal)) ?? {};
      const { attribute } = kept;
      const value = kept.decode(attribute === undefined ? numbersIn(item) : parseJson(item[attribute]?.S));
      // DynamoDB takes its time with what has expired.
      return value === undefined || kept.isCurrent?.(value, tools.now()) === false ? undefined : value;
    },
  };
}

function attributesOf<T>(kept: Kept<never, T>, value: T, now: number): Item {
  const numbers = Object.entries(kept.numbersOf(value)).map(([name, of]): [string, AttributeValue] => [
    name,
    number(of),
  ]);
  return {
    ...(kept.attribute === undefined ? {} : { [kept.attribute]: { S: writeStored(kept.title, value) } }),
    ...Object.fromEntries(numbers),
    ...(kept.expiryOf === undefined ? {} : { expires: number(kept.expiryOf(value, now)) }),
  };
}

/** That no item is there, or one that gives way. Names are placeholders, so that none is a reserved word of DynamoDB's. */
function conditionOf(
  bounds: readonly Bound[],
): Pick<PutItemCommand['input'], 'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'> {
  const comparisons = bounds.map(({ number, is }, i) => `#${number} ${is} :bound${i}`);
  return {
    ConditionExpression: ['attribute_not_exists(PK)', ...comparisons].join(' OR '),
    ExpressionAttributeNames: Object.fromEntries(bounds.map(({ number }) => [`#${number}`, number])),
    ExpressionAttributeValues: Object.fromEntries(bounds.map(({ than }, i) => [`:bound${i}`, number(than)])),
  };
}

function numbersIn(item: Item): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(item).flatMap(([name, { N }]) => (N === undefined ? [] : [[name, Number(N)]])),
  );
}
