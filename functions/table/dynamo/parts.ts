import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Canary } from '../../canary/canary.ts';
import type { Claim } from '../../canary/claims.ts';
import type { AuditEntry, CanaryAbort, CanaryKey, WriteExtras } from '../../canary/store.ts';
import { answerKey, canaryKey, claimKey } from '../keys.ts';
import type { RowKey } from '../row-key.ts';
import { writeStored } from '../stored.ts';
import { abortAttributes, canaryItem, type Item, itemKey, number, phaseAttributes } from './item.ts';

/** What there is of one canary in a transaction. */
export interface Parts {
  /** The canary, where none stands (`expected` undefined) or the one at `expected` does. */
  putCanary(expected: string | undefined, canary: Canary): TransactWriteItem;
  /** Sets the canary to the patch and the version if there is one below that version, whatever it is. */
  abortCanary(patch: CanaryAbort, version: number): TransactWriteItem;
  /** Sets the status of the canary at `expected` but for weights and what is awaited, and its version. */
  putPhase(expected: string, canary: Canary): TransactWriteItem;
  /** Changes nothing: the canary stands at `expected` (undefined: none stands). */
  checkCanary(expected: string | undefined): TransactWriteItem;
  deleteCanary(expected: string): TransactWriteItem;
  /** The claim, where no canary or this one has it, or where another one's is over. */
  putClaim(claim: Claim, nowMs: number): TransactWriteItem;
  deleteClaim(service: Claim['service']): TransactWriteItem;
  /** The audit entry, once. */
  putAudit(at: RowKey, audit: AuditEntry): TransactWriteItem;
  /** The kept answer, where none is kept any more. */
  putAnswer(idempotency: NonNullable<WriteExtras['idempotency']>, nowMs: number): TransactWriteItem;
}

/** What failing conditions tell. */
const OLD_ITEM = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;

/** Makes the parts of transactions for one canary in a table. */
export function partsOf(table: string, key: CanaryKey): Parts {
  const TableName = table;
  const Key = itemKey(canaryKey(key));
  const atVersion = (expected: string) => ({
    ConditionExpression: 'resourceVersion = :expected',
    ExpressionAttributeValues: { ':expected': number(expected) },
  });
  const absent = { ConditionExpression: 'attribute_not_exists(PK)' };
  return {
    putCanary: (expected, canary) => ({
      Put: {
        TableName,
        Item: canaryItem(canaryKey(key), canary),
        ...(expected === undefined ? absent : atVersion(expected)),
        ...OLD_ITEM,
      },
    }),
    abortCanary: (patch, version) => ({
      Update: { TableName, Key, ...abortExpression(abortAttributes(patch), version), ...OLD_ITEM },
    }),
    // Not a Put: weights, and what is awaited, stay.
    putPhase: (expected, canary) => ({
      Update: { TableName, Key, ...phaseExpression(expected, canary), ...OLD_ITEM },
    }),
    checkCanary: (expected) => ({
      ConditionCheck: { TableName, Key, ...(expected === undefined ? absent : atVersion(expected)) },
    }),
    deleteCanary: (expected) => ({ Delete: { TableName, Key, ...atVersion(expected), ...OLD_ITEM } }),
    putClaim: ({ service, until }, nowMs) => ({
      Put: {
        TableName,
        Item: {
          ...itemKey(claimKey(key.cluster, key.namespace, service)),
          canary: { S: key.name },
          // DynamoDB clears away what has expired, to the second, and takes its time with it.
          ...(until === undefined ? {} : { until: number(until), expires: number(Math.ceil(until / 1_000)) }),
        },
        ConditionExpression: 'attribute_not_exists(PK) OR canary = :name OR #until <= :now',
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: { ':name': { S: key.name }, ':now': number(nowMs) },
        ...OLD_ITEM,
      },
    }),
    deleteClaim: (service) => ({
      Delete: { TableName, Key: itemKey(claimKey(key.cluster, key.namespace, service)) },
    }),
    putAudit: (at, audit) => ({
      Put: {
        TableName,
        Item: { ...itemKey(at), audit: { S: writeStored('audit entry', audit) } },
        ...absent,
      },
    }),
    putAnswer: ({ key: answer, answer: { expires, ...rest } }, nowMs) => ({
      Put: {
        TableName,
        Item: {
          ...itemKey(answerKey(key.cluster, answer)),
          answer: { S: writeStored('answer', rest) },
          expires: number(expires),
        },
        // DynamoDB takes its time with what has expired.
        ConditionExpression: 'attribute_not_exists(PK) OR expires <= :now',
        ExpressionAttributeValues: { ':now': number(Math.floor(nowMs / 1_000)) },
      },
    }),
  };
}

/** A canary is below every head, unless the head was lost. */
function abortExpression(attributes: Item, version: number) {
  return {
    ...setExpression(attributes, ['resourceVersion', 'awaitingVersion'], { ':version': number(version) }),
    ConditionExpression: 'attribute_exists(PK) AND resourceVersion < :version',
  };
}

/** Which write is awaited stays: no weight moves. */
function phaseExpression(expected: string, canary: Canary) {
  const { resourceVersion } = canary.metadata;
  const values = { ':version': number(resourceVersion), ':expected': number(expected) };
  return {
    ...setExpression(phaseAttributes(canary.status), ['resourceVersion'], values),
    ConditionExpression: 'resourceVersion = :expected',
  };
}

/** Sets attributes to their values, and the `counted` ones to `:version`. */
function setExpression(attributes: Item, counted: readonly string[], values: Item) {
  const names = Object.keys(attributes);
  const sets = names.map((name) => `#${name} = :${name}`);
  const counts = counted.map((name) => `${name} = :version`);
  return {
    UpdateExpression: `SET ${[...sets, ...counts].join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`:${name}`, value])),
      ...values,
    },
  };
}
