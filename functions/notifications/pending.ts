import type { Notification } from '../cluster-record/notifications.ts';
import { isWanted, type Notice } from './notice.ts';
import type { Delivery, PendingNotice } from './notice-record.ts';

/** Notices that are kept until they are sent, of one Kubernetes cluster: some 150 KB of an item's 400. */
export const PENDING_MAX = 64;
/** A try that fails is followed by another after 5 s, then twice as long each time, up to 5 minutes: over some 55 minutes. */
export const TRIES_MAX = 16;
const FIRST_WAIT_MS = 5_000;
const WAIT_MS_MAX = 300_000;
/** What happened longer ago is no news: nothing older is told when notifications are set up, or after a long standstill. */
export const NEWS_MS = 3_600_000;
/** Notices that go to one place in one round. */
const ROUND_MAX = 10;

/** A notice that goes to one place now. */
export interface Due {
  readonly notice: Notice;
  readonly to: Notification;
  readonly tries: number;
}

/** The pending ones with what was found since; `dropped` had no room. */
export interface Queued {
  readonly pending: readonly PendingNotice[];
  readonly dropped: readonly PendingNotice[];
}

/**
 * Adds notices for those who want them. Where there is no room, the oldest of the namespace that has the most gives way: none
 * can take another's room.
 *
 * @param now milliseconds since the epoch
 */
export function enqueue(
  before: readonly PendingNotice[],
  found: readonly Notice[],
  notifications: readonly Notification[],
  now: number,
): Queued {
  const known = new Set(before.map(({ notice }) => notice.id));
  const fresh = found.flatMap((notice): readonly PendingNotice[] => {
    const wanted = notifications.filter((one) => isWanted(one, notice));
    if (wanted.length === 0 || known.has(notice.id)) return [];
    return [{ notice, foundAt: now, deliveries: wanted.map(({ name }) => ({ to: name, tries: 0, after: now })) }];
  });
  const pending = [...before, ...fresh];
  const dropped: PendingNotice[] = [];
  while (pending.length > PENDING_MAX) dropped.push(...pending.splice(oldestOfMost(pending), 1));
  return { pending, dropped };
}

function oldestOfMost(pending: readonly PendingNotice[]): number {
  const counts = new Map<string, number>();
  for (const { notice } of pending) counts.set(notice.namespace, (counts.get(notice.namespace) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return pending.findIndex(({ notice }) => counts.get(notice.namespace) === most);
}

/**
 * What is sent now: for each place the first of each namespace, then the second of each, so that one with many does not keep
 * the others waiting. Their try counts from now on, so that a notice that ends the function is not tried for ever.
 */
export function takeDue(
  pending: readonly PendingNotice[],
  notifications: readonly Notification[],
  now: number,
): { readonly pending: readonly PendingNotice[]; readonly due: readonly Due[] } {
  const due = notifications.flatMap((to) => {
    const ready = pending.flatMap(({ notice, deliveries }) => {
      const delivery = deliveries.find((one) => one.to === to.name && one.after <= now);
      return delivery === undefined ? [] : [{ notice, to, tries: delivery.tries + 1 }];
    });
    return inTurns(ready).slice(0, ROUND_MAX);
  });
  const begun = new Set(due.map(keyOfDue));
  const taken = mapDeliveries(pending, (delivery, notice) =>
    begun.has(keyOf(notice.id, delivery.to))
      ? { ...delivery, tries: delivery.tries + 1, after: now + waitAfter(delivery.tries + 1) }
      : delivery,
  );
  return { pending: taken, due };
}

function inTurns(ready: readonly Due[]): readonly Due[] {
  const turns = new Map<string, number>();
  return ready
    .map((one) => {
      const turn = turns.get(one.notice.namespace) ?? 0;
      turns.set(one.notice.namespace, turn + 1);
      return { one, turn };
    })
    .toSorted((a, b) => a.turn - b.turn)
    .map(({ one }) => one);
}

/** Milliseconds until the next try. */
function waitAfter(tries: number): number {
  return Math.min(WAIT_MS_MAX, FIRST_WAIT_MS * 2 ** (tries - 1));
}

/** What became of a notice that was due; `untried`: an earlier one showed that its place does not respond. */
export interface Ended {
  readonly due: Due;
  readonly end: 'sent' | 'failed' | 'untried';
}

/**
 * The pending ones after a round: without what is sent, what was tried often enough, and what is for entries that the cluster
 * record no longer has. `givenUp` was never sent.
 */
export function afterRound(
  pending: readonly PendingNotice[],
  ended: readonly Ended[],
  notifications: readonly Notification[],
  now: number,
): { readonly pending: readonly PendingNotice[]; readonly givenUp: readonly Due[] } {
  const ends = new Map(ended.map((one) => [keyOfDue(one.due), one.end]));
  const names = new Set(notifications.map(({ name }) => name));
  const left = mapDeliveries(pending, (delivery, notice) => {
    const end = ends.get(keyOf(notice.id, delivery.to));
    if (end === 'sent' || !names.has(delivery.to)) return undefined;
    if (end === 'untried') return { ...delivery, tries: delivery.tries - 1, after: now };
    return end === 'failed' && delivery.tries >= TRIES_MAX ? undefined : delivery;
  });
  const givenUp = ended.flatMap(({ due, end }) => (end === 'failed' && due.tries >= TRIES_MAX ? [due] : []));
  return { pending: left, givenUp };
}

function mapDeliveries(
  pending: readonly PendingNotice[],
  change: (delivery: Delivery, notice: Notice) => Delivery | undefined,
): readonly PendingNotice[] {
  return pending.flatMap((one) => {
    const deliveries = one.deliveries.flatMap((delivery) => change(delivery, one.notice) ?? []);
    return deliveries.length === 0 ? [] : [{ ...one, deliveries }];
  });
}

function keyOfDue({ notice, to }: Due): string {
  return keyOf(notice.id, to.name);
}

function keyOf(id: string, to: string): string {
  return `${id} ${to}`;
}
