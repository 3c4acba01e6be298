import { vi } from 'vitest';
import type { HttpResult } from '../../functions/http/result.ts';
import { createSsmStore } from '../../functions/template-store/ssm/ssm-store.ts';
import { ssmClientFor } from '../contract/ssm-harness.ts';
import { httpApiEvent, type MutateEntryPoint, openMutateEntryPoint, patchOf } from './mutate-entry-point.ts';
import { podOf } from './pods.ts';
import { reviewDocument } from './reviews.ts';

/** The fleet of every drill. */
export const DRILL_FLEET = 'f';

/** A fresh function environment before a Parameter Store. */
export function environmentAt(url: string, maxAttempts = 1): MutateEntryPoint {
  return openMutateEntryPoint({ reads: createSsmStore(ssmClientFor(url, maxAttempts), DRILL_FLEET) });
}

/** Sends a review of a plain Pod through the entry point. */
export async function sendReview(
  { handler }: MutateEntryPoint,
  uid = 'u-1',
  query = 'timeout=3s',
): Promise<HttpResult> {
  return await handler(httpApiEvent({ body: JSON.stringify(reviewDocument(podOf(), { uid })), query }));
}

/** The image that the Pod gets (undefined for none), or the status of the answer where it is not 200. */
export async function outcomeOf(entryPoint: MutateEntryPoint, uid?: string, query?: string): Promise<unknown> {
  const result = await sendReview(entryPoint, uid, query);
  if (result.statusCode !== 200) return result.statusCode;
  return /"image":"(.*?)"/.exec(JSON.stringify(patchOf(result) ?? []))?.[1];
}

/** Moves the clock alone; the network stays real. Undone by `vi.useRealTimers()`. */
export function moveClock(ms: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
}
