import { NO_EGRESS } from '../cluster-record/egress.ts';
import { errorName } from '../errors.ts';
import { notificationsUnread } from '../events.ts';
import { ADVANCE_LOOP_MS, LOOK_EVERY_MS, METRIC_RECORD_MS } from '../limits.ts';
import { type NotificationSettings, type NotifyTools, notifyCluster } from '../notifications/notify-cluster.ts';
import { NO_RECORD } from '../template-store/cache/cached-records.ts';
import type { TemplateCache } from '../template-store/cache/template-cache.ts';
import { pauseFor } from './step/pause-for.ts';

/** Kubernetes clusters that are notified of at the same time: one whose places all hang holds up no other of as many. */
const AT_ONCE = 8;

/** What a cluster record has for notifications; undefined where it cannot be read, or has none. */
export function notificationSettings(
  recordFor: TemplateCache['recordFor'],
): (cluster: string) => Promise<NotificationSettings | undefined> {
  return async (cluster) => {
    const record = await recordFor(cluster, METRIC_RECORD_MS);
    if (record === undefined || record === NO_RECORD || record.notifications === undefined) return undefined;
    return { notifications: record.notifications, egress: record.egress ?? NO_EGRESS };
  };
}

/** One round for each of these Kubernetes clusters. Never rejects: one that fails is said in the log, and has its turn again. */
export async function notifyAll(tools: NotifyTools, clusters: readonly string[], signal: AbortSignal): Promise<void> {
  const waiting = [...clusters];
  const worker = async (): Promise<void> => {
    for (let cluster = waiting.shift(); cluster !== undefined; cluster = waiting.shift()) {
      try {
        await notifyCluster(tools, cluster, signal);
      } catch (error) {
        if (!signal.aborted) tools.log(notificationsUnread, { cluster, error: errorName(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/**
 * Rounds of an invocation for a Kubernetes cluster: one at once, one every `LOOK_EVERY_MS` while its releases move, and one after the
 * last look. Beside the looks, so that no release waits for whom it notifies. Never rejects.
 *
 * @param looks ends with the last look; undefined where there is none
 * @param started when the invocation began, in milliseconds since the epoch
 */
export async function loopNotices(
  tools: NotifyTools,
  cluster: string,
  looks: Promise<unknown> | undefined,
  started: number,
  pause: typeof pauseFor = pauseFor,
): Promise<void> {
  const over = new AbortController();
  void Promise.resolve(looks).then(() => over.abort());
  const last = started + ADVANCE_LOOP_MS;
  const end = AbortSignal.timeout(Math.max(0, last + LOOK_EVERY_MS - tools.now()));
  // Where nothing moves, the looks are over by then: one round is enough.
  await pause(0, end);
  while (tools.now() <= last) {
    const isLast = over.signal.aborted;
    await notifyAll(tools, [cluster], end);
    if (isLast) return;
    await pause(LOOK_EVERY_MS, AbortSignal.any([over.signal, end]));
  }
}
