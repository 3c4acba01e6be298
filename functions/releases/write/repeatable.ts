import type { Canary } from '../../canary/canary.ts';
import type { IdempotencyKey, IdempotentAnswer, WriteExtras } from '../../canary/store.ts';
import type { ReleaseCall } from '../call.ts';
import { type RefusedCall, type Replayed, refused } from '../outcome.ts';

/** A repeated call is answered alike for a day. */
const KEPT_SECONDS = 24 * 3_600;

/** A call that may be repeated, because its caller perhaps does not hear of what became of it. */
export interface Repeatable {
  readonly key: IdempotencyKey;
  /** Tells it from another call under the same key. */
  readonly requestHash: string;
  /** What the caller is told of what is written; kept with the write, in one transaction. */
  readonly answerOf: (canary: Canary, isNew: boolean) => Pick<IdempotentAnswer, 'statusCode' | 'body'>;
}

/** The answer to the same call before; undefined where there was none. Throws CanaryStoreError. */
export async function findReplay(
  { tools, key: { cluster }, signal }: ReleaseCall,
  repeatable: Repeatable | undefined,
  lost?: Replayed['lost'],
): Promise<Replayed | RefusedCall | undefined> {
  if (repeatable === undefined) return undefined;
  const answer = await tools.store.findAnswer(cluster, repeatable.key, signal);
  if (answer === undefined) return undefined;
  if (answer.requestHash === repeatable.requestHash) return { outcome: 'replayed', answer, ...(lost && { lost }) };
  return refused({ reason: 'OtherRequest', sentence: 'its key was used for another request' });
}

/** What is written with a canary, so that a repetition finds it. @param now milliseconds since the epoch */
export function keepAnswer(
  repeatable: Repeatable | undefined,
  canary: Canary,
  isNew: boolean,
  now: number,
): Pick<WriteExtras, 'idempotency'> {
  if (repeatable === undefined) return {};
  const { key, requestHash, answerOf } = repeatable;
  const { statusCode, body } = answerOf(canary, isNew);
  const expires = Math.floor(now / 1_000) + KEPT_SECONDS;
  return { idempotency: { key, answer: { requestHash, statusCode, body, expires } } };
}
