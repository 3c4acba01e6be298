import { type DynamoDBClient, DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { checkTime, pauseAfter } from '../../canary/store-time.ts';
import { CanaryStoreError, errorName } from '../../errors.ts';
import { isRecord } from '../../json/faults.ts';
import { TRY_MS } from '../../limits.ts';

/** Bounds the tries where the caller's time does not: with the longest pauses these are about 20 seconds. */
const TRIES_MAX = 100;

/** Refusals that a later try may not meet; the call did nothing (AWS API reference, "Common errors", TransactWriteItems). */
const PASSING = [
  'ThrottlingException',
  'Throttling',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'TransactionConflictException',
  'TransactionCanceledException',
  'LimitExceededException',
];
/** The same request, by its token, is under way already. */
const IN_PROGRESS = 'TransactionInProgressException';

/** What the stores in DynamoDB are given from outside. */
export interface DynamoTools {
  /** With `maxAttempts: 1`: tries are made here, within the caller's time. */
  readonly client: DynamoDBClient;
  /** The table of infra/deploy/storage.yml. */
  readonly table: string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** A UUID. */
  newToken(): string;
}

/** An answer, and whether an earlier try may have done the work without our hearing of it. */
export interface Answered<T> {
  readonly answer: T;
  readonly mayBeRepeated: boolean;
}

/**
 * Asks DynamoDB until it answers: what passes by itself (throttling, conflicts of transactions, 5xx, a broken or silent
 * connection) is tried again with jitter, within the caller's time. Throws CanaryStoreError.
 *
 * @param attempt sends the command, with the signal that ends one try
 * @param pauseMsMax bounds the pauses between tries, where they must be short
 */
export async function callDynamo<T>(
  { random }: DynamoTools,
  attempt: (abortSignal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
  pauseMsMax?: number,
): Promise<Answered<T>> {
  let mayBeRepeated = false;
  checkTime(signal);
  for (let tries = 1; ; tries++) {
    try {
      return { answer: await attempt(AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)])), mayBeRepeated };
    } catch (error) {
      const kind = kindOf(error);
      const isLast = kind === 'lasting' || tries >= TRIES_MAX;
      if (isLast || !(await pauseAfter(tries, random, signal, pauseMsMax))) throw unusable(error);
      mayBeRepeated ||= kind === 'unknown';
    }
  }
}

/** `refused`: nothing was done, and later it may be. `lasting`: nothing was done, nor will it be. */
function kindOf(error: unknown): 'refused' | 'lasting' | 'unknown' {
  if (error instanceof CanaryStoreError) return 'lasting';
  if (error instanceof Error && error.name === 'CredentialsProviderError') return 'lasting';
  if (!(error instanceof DynamoDBServiceException) || error.$fault === 'server') return 'unknown';
  if (error.name === IN_PROGRESS) return 'unknown';
  if (PASSING.includes(error.name)) return 'refused';
  const status = error.$metadata.httpStatusCode ?? 0;
  return status >= 400 && status < 500 ? 'lasting' : 'unknown';
}

function unusable(error: unknown): CanaryStoreError {
  if (error instanceof CanaryStoreError) return error;
  const code = isRecord(error) ? error['code'] : undefined;
  const why = typeof code === 'string' ? code : errorName(error);
  return new CanaryStoreError(`DynamoDB could not be used (${why})`, { cause: error });
}
