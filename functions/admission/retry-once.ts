import { isThrottle } from '../template-store/ssm/throttle.ts';
import { leavesRoomForRetry } from './deadline.ts';

/** Reviews remembered per environment; a throttled cold start meets a handful. */
const REVIEWS_MAX = 1_024;

/**
 * Decides whether a failed review is asked for once more: the store was throttled, the caller's time leaves room, and
 * this environment has not asked for this review before. kube-apiserver obeys 503 with `Retry-After` inside its own
 * deadline; without a limit it would come back up to ten times (client-go, rest/request.go).
 */
export function createRetryOnce(): (uid: string, error: unknown, timeout: string | undefined, ms: number) => boolean {
  const asked = new Set<string>();
  return (uid, error, timeout, ms) => {
    if (!isThrottle(error) || asked.has(uid) || !leavesRoomForRetry(timeout, ms)) return false;
    if (asked.size >= REVIEWS_MAX) asked.clear();
    asked.add(uid);
    return true;
  };
}
