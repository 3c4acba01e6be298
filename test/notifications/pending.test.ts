import { describe, expect, test } from 'vitest';
import { NOTICE_TYPES } from '../../functions/cluster-record/notifications.ts';
import type { PendingNotice } from '../../functions/notifications/notice-record.ts';
import {
  afterRound,
  type Due,
  type Ended,
  enqueue,
  PENDING_MAX,
  TRIES_MAX,
  takeDue,
} from '../../functions/notifications/pending.ts';
import { noticeIn } from '../support/notices.ts';

const placeOf = (name: string) => ({
  ...{ name, events: NOTICE_TYPES, namespaces: ['*'] },
  to: { kind: 'slack', secretRef: name } as const,
});
const [A, B] = [placeOf('a'), placeOf('b')];
const noticesOf = (namespace: string, count: number) =>
  Array.from({ length: count }, (_, i) => noticeIn('eu1', { resourceVersion: String(i + 1) }, namespace));
const namespacesIn = (pending: readonly PendingNotice[]): Record<string, number> =>
  Object.fromEntries(
    Object.entries(Object.groupBy(pending, ({ notice }) => notice.namespace)).map(([name, all]) => [
      name,
      all?.length ?? 0,
    ]),
  );

describe('notices that wait', () => {
  test('go to each who wants them, and a change that is found twice waits once', () => {
    const [one, two] = noticesOf('shop', 2);
    if (one === undefined || two === undefined) throw new Error('there are two');
    const first = enqueue([], [one], [A, { ...B, events: ['promoted'] }], 5);
    expect(first.pending).toEqual([{ notice: one, foundAt: 5, deliveries: [{ to: 'a', tries: 0, after: 5 }] }]);
    const second = enqueue(first.pending, [one, two], [A, B], 6);
    expect(second.pending.map(({ notice, deliveries }) => [notice.id, deliveries.length])).toEqual([
      [one.id, 1],
      [two.id, 2],
    ]);
    expect(enqueue([], [one], [{ ...A, namespaces: ['pay'] }], 5)).toEqual({ pending: [], dropped: [] });
  });

  test('of a namespace that has many are dropped for those of others, oldest first, and never the others', () => {
    const { pending, dropped } = enqueue([], [...noticesOf('pay', 3), ...noticesOf('flood', 200)], [A], 0);
    expect(namespacesIn(pending)).toEqual({ pay: 3, flood: PENDING_MAX - 3 });
    expect(namespacesIn(dropped)).toEqual({ flood: 203 - PENDING_MAX });
    expect(dropped[0]?.notice.resourceVersion).toBe('1');
    const later = enqueue(pending, noticesOf('shop', 4), [A], 1);
    expect(namespacesIn(later.pending)).toEqual({ pay: 3, flood: PENDING_MAX - 7, shop: 4 });
  });
});

describe('a round', () => {
  test('takes of each namespace in turn, ten for each place at most', () => {
    const { pending } = enqueue([], [...noticesOf('flood', 30), ...noticesOf('shop', 2)], [A, B], 0);
    const { due } = takeDue(pending, [A, B], 0);
    const ofA = due.filter(({ to }) => to.name === 'a').map(({ notice }) => notice.namespace);
    expect(ofA).toEqual(['flood', 'shop', 'flood', 'shop', ...Array.from({ length: 6 }, () => 'flood')]);
    expect(due).toHaveLength(20);
  });

  test('counts its tries before it begins: a notice that ends the function is not tried for ever', () => {
    let { pending } = enqueue([], noticesOf('shop', 1), [A], 0);
    const waits: number[] = [];
    for (let now = 0, tries = 1; tries <= TRIES_MAX; tries++) {
      const taken = takeDue(pending, [A], now);
      expect(taken.due.map((due) => due.tries)).toEqual([tries]);
      const next = taken.pending[0]?.deliveries[0]?.after ?? 0;
      expect(takeDue(taken.pending, [A], next - 1).due).toEqual([]);
      waits.push((next - now) / 1_000);
      const ended = taken.due.map((due) => ({ due, end: 'failed' as const }));
      const after = afterRound(taken.pending, ended, [A], now);
      expect(after.givenUp).toHaveLength(tries === TRIES_MAX ? 1 : 0);
      ({ pending } = after);
      now = next;
    }
    expect(pending).toEqual([]);
    expect(waits.slice(0, 8)).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
  });

  test('leaves what was not sent, what others still want, and nothing for entries that are gone', () => {
    const { pending } = enqueue([], noticesOf('shop', 2), [A, B], 0);
    const taken = takeDue(pending, [A, B], 0);
    const endOf = ({ to, notice }: Due): Ended['end'] =>
      to.name === 'a' ? 'sent' : notice.resourceVersion === '1' ? 'failed' : 'untried';
    const ended = taken.due.map((due) => ({ due, end: endOf(due) }));
    const { pending: left, givenUp } = afterRound(taken.pending, ended, [A, B], 9);
    expect(left.map(({ deliveries }) => deliveries)).toEqual([
      [{ to: 'b', tries: 1, after: 5_000 }],
      // As if it had never begun.
      [{ to: 'b', tries: 0, after: 9 }],
    ]);
    expect(givenUp).toEqual([]);
    expect(afterRound(left, [], [A], 9).pending).toEqual([]);
  });
});
