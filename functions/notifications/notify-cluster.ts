import type { Notification } from '../cluster-record/notifications.ts';
import { notificationFailed, notificationSent, notificationsLost } from '../events.ts';
import type { EgressPolicy } from '../http/egress/egress-policy.ts';
import type { Log } from '../log.ts';
import type { SendTools } from './destinations/destination.ts';
import { type Sent, sendNotice } from './destinations/send-notice.ts';
import { type ChangeStore, type FoundNotices, findNotices } from './find-notices.ts';
import type { NoticeRecord, NoticeStore } from './notice-record.ts';
import { afterRound, type Due, type Ended, enqueue, takeDue } from './pending.ts';
import { NOTICE_BUSY_MS, NOTICE_ROUND_MS, NOTICE_SEND_MS, NOTICE_STORE_MS } from './times.ts';

/** What a cluster record has for notifications. */
export interface NotificationSettings {
  readonly notifications: readonly Notification[];
  readonly egress: EgressPolicy;
}

/** What notifying works with. */
export interface NotifyTools extends Omit<SendTools, 'egress'> {
  readonly changes: ChangeStore;
  readonly notices: NoticeStore;
  /** Of a Kubernetes cluster; undefined where its record cannot be read or has none. */
  readonly settingsFor: (cluster: string) => Promise<NotificationSettings | undefined>;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly newUid: () => string;
}

const NOTHING: FoundNotices = { notices: [], unseen: 0 };

/**
 * One round for a Kubernetes cluster: what was changed since the last one is found in the history, and goes to
 * those who want it, with what could not be sent before. At least once: a round that is killed is done again by a later one, under
 * the same ids. Two rounds at once do not both send: one of them keeps its record, and only that one sends. Throws CanaryStoreError.
 */
export async function notifyCluster(tools: NotifyTools, cluster: string, signal: AbortSignal): Promise<void> {
  const settings = await tools.settingsFor(cluster);
  if (settings === undefined || settings.notifications.length === 0) return;
  const within = AbortSignal.any([signal, AbortSignal.timeout(NOTICE_STORE_MS)]);
  const begun = await beginRound(tools, cluster, settings, within);
  if (begun === undefined) return;
  const ended = await sendAll(tools, settings, begun.due, signal);
  const { pending, givenUp } = afterRound(begun.record.pending, ended, settings.notifications, tools.now());
  const { record } = begun;
  const over = { ...record, revision: record.revision + 1, at: tools.now(), pending, busyUntil: 0 };
  // Its own time: without this write all of it is sent once more.
  await tools.notices.keepNotices(cluster, over, AbortSignal.timeout(NOTICE_STORE_MS));
  for (const { to, notice } of givenUp) {
    tools.log(notificationsLost, { cluster, to: to.name, namespace: notice.namespace, notices: 1, why: 'TriesOver' });
  }
}

/** Finds what is to be sent and claims it; undefined where there is nothing, or another round has it. */
async function beginRound(
  { changes, notices, log, now, newUid }: NotifyTools,
  cluster: string,
  { notifications }: NotificationSettings,
  signal: AbortSignal,
): Promise<{ readonly record: NoticeRecord; readonly due: readonly Due[] } | undefined> {
  const at = now();
  const known = await notices.findNotices(cluster, signal);
  if (known !== undefined && isBusy(known, at)) return undefined;
  const head = await changes.readHead(cluster, signal);
  if (known === undefined) {
    // What was before notifications were set up is no news.
    const first = { revision: 1, at, until: head, pending: [], round: '', busyUntil: 0 };
    await notices.keepNotices(cluster, first, signal);
    return undefined;
  }
  // A head that has gone back is of a table that was restored: it is followed from there.
  const heads = { after: known.until, upTo: head };
  const found = head > known.until ? await findNotices(changes, cluster, heads, at, signal) : NOTHING;
  const queued = enqueue(known.pending, found.notices, notifications, at);
  const { pending, due } = takeDue(queued.pending, notifications, at);
  if (head === known.until && due.length === 0) return undefined;
  const record = {
    ...{ revision: known.revision + 1, at, until: head, pending, round: newUid() },
    busyUntil: due.length === 0 ? 0 : at + NOTICE_BUSY_MS,
  };
  await notices.keepNotices(cluster, record, signal);
  const kept = await notices.findNotices(cluster, signal);
  if (kept?.round !== record.round) return undefined;
  for (const [namespace, lost] of countsOf(queued.dropped.map(({ notice }) => notice.namespace))) {
    log(notificationsLost, { cluster, namespace, notices: lost, why: 'TooMany' });
  }
  if (found.unseen > 0) log(notificationsLost, { cluster, notices: found.unseen, why: 'TooManyCanaries' });
  return due.length === 0 ? undefined : { record, due };
}

/** Whether another round is sending. One whose end is too far away is of a clock that was wrong. */
function isBusy({ busyUntil }: NoticeRecord, now: number): boolean {
  return busyUntil > now && busyUntil - now <= NOTICE_BUSY_MS;
}

/** Sends to all places at once, to each one notice after the other until one shows that the place is not well. Never rejects. */
async function sendAll(
  tools: NotifyTools,
  settings: NotificationSettings,
  due: readonly Due[],
  signal: AbortSignal,
): Promise<readonly Ended[]> {
  const round = AbortSignal.any([signal, AbortSignal.timeout(NOTICE_ROUND_MS)]);
  const places = Map.groupBy(due, ({ to }) => to.name);
  const ended = await Promise.all([...places.values()].map((own) => sendInTurn(tools, settings, own, round)));
  return ended.flat();
}

async function sendInTurn(
  tools: NotifyTools,
  { egress }: NotificationSettings,
  due: readonly Due[],
  round: AbortSignal,
): Promise<readonly Ended[]> {
  const ended: Ended[] = [];
  let isOver = false;
  for (const one of due) {
    if (isOver || round.aborted) {
      ended.push({ due: one, end: 'untried' });
      continue;
    }
    const signal = AbortSignal.any([round, AbortSignal.timeout(NOTICE_SEND_MS)]);
    const sent = await sendNotice(one.to.to, one.notice, { ...tools, egress }, signal);
    logSent(tools.log, one, sent);
    isOver = sent.outcome === 'failed' && sent.isUnwell;
    ended.push({ due: one, end: sent.outcome });
  }
  return ended;
}

function logSent(log: Log, { notice, to, tries }: Due, sent: Sent): void {
  const { cluster, namespace, name, type } = notice;
  const fields = { cluster, namespace, name, type, to: to.name, kind: to.to.kind, tries };
  if (sent.outcome === 'sent') {
    log(notificationSent, fields);
    return;
  }
  const { error, status } = sent;
  log(notificationFailed, { ...fields, error, ...(status === undefined ? {} : { status }) });
}

function countsOf(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
