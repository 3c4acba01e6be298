import type { AuditEntry } from '../../functions/canary/audit-entry.ts';
import { type Notice, noticeOf } from '../../functions/notifications/notice.ts';
import type { NoticeRecord } from '../../functions/notifications/notice-record.ts';
import type { NotifyTools } from '../../functions/notifications/notify-cluster.ts';

/** An entry of a history, of an abort unless it is said otherwise. */
export function entryOf(more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    time: '2026-11-22T12:00:00.000Z',
    who: 'arn:aws:iam::123456789012:role/ci',
    verb: 'abort',
    from: { stable: 80, canary: 20 },
    to: { stable: 100, canary: 0 },
    reason: 'p99 doubled',
    resourceVersion: '7',
    ...more,
  };
}

/** The notice of it, of `shop/cart`. */
export function noticeIn(cluster: string, more: Partial<AuditEntry> = {}, namespace = 'shop'): Notice {
  return noticeOf({ cluster, namespace, name: 'cart' }, entryOf(more));
}

/** Notifying of a fleet that asks for none. */
export const NO_NOTIFY: Omit<NotifyTools, 'log' | 'now' | 'changes' | 'notices'> = {
  settingsFor: async () => undefined,
  send: async () => await Promise.reject(new Error('nothing is sent')),
  readSecret: async () => undefined,
  aws: undefined,
  newUid: () => 'uid',
};

/** Deliveries of a record, for tests: to whom, and how often it was tried. */
export function triesIn(record: NoticeRecord | undefined): readonly (readonly [string, number])[] {
  return (record?.pending ?? []).flatMap(({ deliveries }) => deliveries.map(({ to, tries }) => [to, tries] as const));
}
