import {
  type CancellationReason,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { MOVES_SECONDS } from '../../canary/moves.ts';
import type { CanaryKey } from '../../canary/store.ts';
import { CanaryStoreError } from '../../errors.ts';
import { goneKey, headKey, movedKey } from '../keys.ts';
import type { RowKey } from '../row-key.ts';
import { callDynamo, type DynamoTools } from './call.ts';
import { type Item, itemKey, number } from './item.ts';
import { getItem } from './rows.ts';

/** One of the canaries of a transaction. */
export interface Versioned {
  readonly key: CanaryKey;
  /** The version that the transaction makes of it. */
  readonly version: number;
}

/** What is written together, by name. */
export interface Transaction extends Versioned {
  /** Others of the same Kubernetes cluster, in the order of their versions: the head becomes the last, where it is below the first. */
  readonly mates?: readonly Versioned[];
  /** Whether the canary is there after it, or gone. */
  readonly leaves: 'moved' | 'gone';
  /** Other transactions that are in the way: tried again at once, or taken for a head that has moved. */
  readonly inTheWay: 'again' | 'behind';
  readonly parts: ReadonlyMap<string, TransactWriteItem>;
  /** The same for every try of one write: DynamoDB does it once in 10 minutes. */
  readonly token: string;
  /** Where only this very transaction puts something: there, it has been done. */
  readonly proof?: RowKey;
}

/** What the part that moves the head is called, where its condition fails. */
export const HEAD = 'head';

/**
 * `done`: all of it is written. Otherwise nothing is, because of conditions: `failed` has, by the name of each part whose
 * condition failed, the item that stands there (undefined: none does).
 */
export type TransactionOutcome =
  | { readonly done: true }
  | { readonly done: false; readonly failed: ReadonlyMap<string, Item | undefined>; readonly mayBeRepeated: boolean };

/**
 * An abort waits no longer than this before it tries again: about as long as the transaction in its way, so that it finds
 * the gap before the writers do, who wait ten times as long (npm run bench, "abort beside 50 writers").
 */
export const ABORT_PAUSE_MS_MAX = 20;

/** The one code that a condition gives; all others are faults of the moment or of ours. */
const CONDITION_FAILED = 'ConditionalCheckFailed';
/** Codes of a cancelled transaction that pass by themselves (AWS API reference, TransactionCanceledException). */
const CONFLICT = 'TransactionConflict';
const PASSING = ['None', CONFLICT, 'ThrottlingError', 'ProvisionedThroughputExceeded'];

/**
 * Writes all parts, the cluster's head and whose the write was, or nothing. Conflicts with other transactions are tried
 * again within the caller's time, or fail as a head that has moved; a try whose answer was lost is found out, so that nothing is ever written twice.
 * Throws CanaryStoreError when the time is over: then it may or may not have been written.
 */
export async function transact(
  tools: DynamoTools,
  transaction: Transaction,
  signal: AbortSignal,
): Promise<TransactionOutcome> {
  const { parts, token, proof, inTheWay } = transaction;
  const command = new TransactWriteItemsCommand({
    TransactItems: [...parts.values(), ...moveHead(tools, transaction)],
    ClientRequestToken: token,
  });
  const attempt = async (abortSignal: AbortSignal): Promise<ReadonlyMap<string, Item | undefined>> => {
    try {
      await tools.client.send(command, { abortSignal });
      return new Map();
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      return failedConditions([...parts.keys(), HEAD], error, inTheWay);
    }
  };
  const pauseMsMax = inTheWay === 'again' ? ABORT_PAUSE_MS_MAX : undefined;
  const { answer: failed, mayBeRepeated } = await callDynamo(tools, attempt, signal, pauseMsMax);
  if (failed.size === 0) return { done: true };
  const isProven = mayBeRepeated && proof !== undefined && (await getItem(tools, proof, signal)) !== undefined;
  return isProven ? { done: true } : { done: false, failed, mayBeRepeated };
}

/** Throws the error again when no condition failed, so that it is tried again or given up. */
function failedConditions(
  names: readonly string[],
  error: TransactionCanceledException,
  inTheWay: Transaction['inTheWay'],
): ReadonlyMap<string, Item | undefined> {
  const reasons: readonly CancellationReason[] = error.CancellationReasons ?? [];
  const failed = new Map<string, Item | undefined>();
  for (const [i, name] of names.entries()) {
    if (reasons[i]?.Code === CONDITION_FAILED) failed.set(name, reasons[i].Item);
  }
  if (failed.size > 0) return failed;
  const codes = reasons.map(({ Code = 'None' }) => Code).filter((code) => !PASSING.includes(code));
  const isInTheWay = reasons.some(({ Code }) => Code === CONFLICT);
  if (codes.length === 0 && isInTheWay && inTheWay === 'behind') return new Map([[HEAD, undefined]]);
  if (codes.length === 0) throw error;
  throw new CanaryStoreError(`DynamoDB refused a transaction (${codes.join(', ')})`, { cause: error });
}

/** The head comes first: its condition is looked for by place. */
function moveHead(
  { table, now }: DynamoTools,
  { key, version, leaves, mates = [] }: Transaction,
): readonly TransactWriteItem[] {
  const head: TransactWriteItem = {
    Update: {
      TableName: table,
      Key: itemKey(headKey(key.cluster)),
      UpdateExpression: 'SET #head = :last',
      ConditionExpression: 'attribute_not_exists(#head) OR #head < :version',
      ExpressionAttributeNames: { '#head': 'head' },
      ExpressionAttributeValues: { ':last': number(mates.at(-1)?.version ?? version), ':version': number(version) },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
  return [head, ...[{ key, version }, ...mates].map((one) => putWhose(table, now(), one, leaves))];
}

/** Whose the write of one version was. Not a Put: `advance`, which takes canaries away, may put nothing beside them (infra/deploy/roles.yml). */
function putWhose(
  table: string,
  nowMs: number,
  { key: { cluster, namespace, name }, version }: Versioned,
  leaves: Transaction['leaves'],
): TransactWriteItem {
  return {
    Update: {
      TableName: table,
      Key: itemKey(leaves === 'gone' ? goneKey(cluster, version) : movedKey(cluster, version)),
      UpdateExpression: 'SET #namespace = :namespace, #name = :name, #expires = :expires',
      ExpressionAttributeNames: { '#namespace': 'namespace', '#name': 'name', '#expires': 'expires' },
      ExpressionAttributeValues: {
        ':namespace': { S: namespace },
        ':name': { S: name },
        ':expires': number(Math.ceil(nowMs / 1_000) + MOVES_SECONDS),
      },
    },
  };
}
