import {
  type CancellationReason,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { CanaryStoreError } from '../errors.ts';
import { callDynamo, type DynamoTools } from './dynamo-call.ts';
import { type Item, itemKey, number } from './dynamo-item.ts';
import { getItem } from './dynamo-rows.ts';
import { headKey, type RowKey } from './keys.ts';

/** What is written together, by name. */
export interface Transaction {
  /** The Kubernetes cluster, whose head moves with it. */
  readonly cluster: string;
  readonly parts: ReadonlyMap<string, TransactWriteItem>;
  /** The same for every try of one write: DynamoDB does it once in 10 minutes. */
  readonly token: string;
  /** Where only this very transaction puts something: there, it has been done. */
  readonly proof?: RowKey;
}

/**
 * `done`: all of it is written. Otherwise nothing is, because of conditions: `failed` has, by the name of each part whose
 * condition failed, the item that stands there (undefined: none does).
 */
export type TransactionOutcome =
  | { readonly done: true }
  | { readonly done: false; readonly failed: ReadonlyMap<string, Item | undefined>; readonly mayBeRepeated: boolean };

/** The one code that a condition gives; all others are faults of the moment or of ours. */
const CONDITION_FAILED = 'ConditionalCheckFailed';
/** Codes of a cancelled transaction that pass by themselves (AWS API reference, TransactionCanceledException). */
const PASSING = ['None', 'TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];

/**
 * Writes all parts and one step of the cluster's head, or nothing. Conflicts with other transactions are tried again
 * within the caller's time, and a try whose answer was lost is found out, so that nothing is ever written twice.
 * Throws CanaryStoreError when the time is over: then it may or may not have been written.
 */
export async function transact(
  tools: DynamoTools,
  { cluster, parts, token, proof }: Transaction,
  signal: AbortSignal,
): Promise<TransactionOutcome> {
  const command = new TransactWriteItemsCommand({
    TransactItems: [...parts.values(), moveHead(tools.table, cluster)],
    ClientRequestToken: token,
  });
  const attempt = async (abortSignal: AbortSignal): Promise<ReadonlyMap<string, Item | undefined>> => {
    try {
      await tools.client.send(command, { abortSignal });
      return new Map();
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      return failedConditions([...parts.keys()], error);
    }
  };
  const { answer: failed, mayBeRepeated } = await callDynamo(tools, attempt, signal);
  if (failed.size === 0) return { done: true };
  const isProven = mayBeRepeated && proof !== undefined && (await getItem(tools, proof, signal)) !== undefined;
  return isProven ? { done: true } : { done: false, failed, mayBeRepeated };
}

/** Throws the error again when no condition failed, so that it is tried again or given up. */
function failedConditions(
  names: readonly string[],
  error: TransactionCanceledException,
): ReadonlyMap<string, Item | undefined> {
  const reasons: readonly CancellationReason[] = error.CancellationReasons ?? [];
  const failed = new Map<string, Item | undefined>();
  for (const [i, name] of names.entries()) {
    if (reasons[i]?.Code === CONDITION_FAILED) failed.set(name, reasons[i].Item);
  }
  if (failed.size > 0) return failed;
  const codes = reasons.map(({ Code = 'None' }) => Code).filter((code) => !PASSING.includes(code));
  if (codes.length === 0) throw error;
  throw new CanaryStoreError(`DynamoDB refused a transaction (${codes.join(', ')})`, { cause: error });
}

function moveHead(table: string, cluster: string): TransactWriteItem {
  return {
    Update: {
      TableName: table,
      Key: itemKey(headKey(cluster)),
      UpdateExpression: 'ADD #head :one',
      ExpressionAttributeNames: { '#head': 'head' },
      ExpressionAttributeValues: { ':one': number(1) },
    },
  };
}
