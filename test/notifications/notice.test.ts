import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AuditEntry } from '../../functions/canary/audit-entry.ts';
import { NOTICE_TYPES, type NoticeType } from '../../functions/cluster-record/notifications.ts';
import { isWanted, noticeOf, sentenceOf } from '../../functions/notifications/notice.ts';
import { noticeTypeOf } from '../../functions/notifications/notice-type.ts';
import { entryOf, noticeIn } from '../support/notices.ts';

const PAGE = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'notifications.md'), 'utf8');
const KEY = { cluster: 'eu1', namespace: 'shop', name: 'cart' };
const at = (state: NonNullable<AuditEntry['release']>['state'], more = {}) => ({
  release: { attempt: 1, state, step: 1, ...more },
});

type Row = [NoticeType, Partial<AuditEntry>];
const ROWS: readonly Row[] = [
  ['created', { verb: 'create' }],
  ['updated', { verb: 'update' }],
  ['deleted', { verb: 'delete' }],
  ['weightSet', { verb: 'setWeights' }],
  ['started', { verb: 'start', ...at('Baseline') }],
  ['started', { verb: 'retry', ...at('Baseline') }],
  ['step', { verb: 'step', verdict: 'ratio', ...at('Progressing') }],
  ['step', { verb: 'step', verdict: 'ratio', ...at('Paused') }],
  ['step', { verb: 'skip', ...at('Progressing') }],
  ['step', { verb: 'promote', ...at('Progressing') }],
  ['step', { verb: 'promote', ...at('Baking') }],
  ['waiting', { verb: 'step', ...at('Paused', { waitsForPerson: true }) }],
  ['waiting', { verb: 'step', ...at('WaitingPromotion', { waitsForPerson: true }) }],
  ['waiting', { verb: 'skip', ...at('WaitingPromotion', { waitsForPerson: true }) }],
  ['paused', { verb: 'pause', ...at('Paused') }],
  ['paused', { verb: 'step', verdict: 'WeightSetByHand', ...at('Paused') }],
  ['resumed', { verb: 'resume', ...at('Progressing') }],
  ['convicted', { verb: 'abort', verdict: 'errors', ...at('Aborted') }],
  ['convicted', { verb: 'abort', verdict: 'latency', ...at('Aborted') }],
  ['convicted', { verb: 'abort', verdict: 'bake', ...at('Aborted') }],
  ['aborted', { verb: 'abort', verdict: 'ProgressDeadlineExceeded', ...at('Aborted') }],
  ['aborted', { verb: 'abort', verdict: 'MetricFailed', ...at('Aborted') }],
  ['aborted', { verb: 'abort', verdict: 'inconclusive', ...at('Aborted') }],
  ['aborted', { verb: 'abort' }],
  ['undone', { verb: 'undo', ...at('Undone') }],
  ['promoted', { verb: 'promote', ...at('Promoted') }],
  ['promoted', { verb: 'promote' }],
  ['promoted', { verb: 'step', ...at('Promoted') }],
];

describe('what an entry of the history is to those who are notified', () => {
  test.each(ROWS)('%s: %o', (type, more) => {
    const { release: _, verdict: __, ...entry } = entryOf();
    expect(noticeTypeOf({ ...entry, ...more })).toBe(type);
  });

  test('every type is of some entry, and the page says when each is', () => {
    expect(new Set(ROWS.map(([type]) => type))).toEqual(new Set(NOTICE_TYPES));
    const table = [...PAGE.matchAll(/^\| `(\w+)` \| /gm)].map(([, type]) => type);
    expect(table.slice(1, NOTICE_TYPES.length + 1)).toEqual([...NOTICE_TYPES]);
  });

  test('a verb of a newer version is an update, also one that every object has', () => {
    for (const verb of ['approve', 'constructor', 'toString']) {
      expect(noticeTypeOf(entryOf({ verb: verb as AuditEntry['verb'] }))).toBe('updated');
    }
  });
});

describe('a notice', () => {
  test('has all that the history has, and the same id for the same change alone', () => {
    const entry = entryOf({ verdict: 'errors', ...at('Aborted') });
    const notice = noticeOf(KEY, entry);
    expect(notice).toEqual({ ...KEY, ...entry, type: 'convicted', id: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(noticeOf(KEY, { ...entry }).id).toBe(notice.id);
    const others = [
      noticeOf({ ...KEY, namespace: 'pay' }, entry),
      noticeOf({ ...KEY, cluster: 'eu2' }, entry),
      noticeOf(KEY, { ...entry, resourceVersion: '8' }),
      noticeOf(KEY, { ...entry, time: '2026-11-22T12:00:01.000Z' }),
    ];
    expect(new Set([notice, ...others].map(({ id }) => id)).size).toBe(5);
  });

  test('is bounded, and one line', () => {
    const notice = noticeOf(KEY, entryOf({ reason: `a\nb${'x'.repeat(5_000)}`, who: 'w'.repeat(5_000) }));
    expect(notice.reason).toMatch(/^a bx+…$/);
    expect(JSON.stringify(notice).length).toBeLessThan(2_500);
  });

  test('is a sentence for people', () => {
    expect(sentenceOf(noticeIn('eu1'))).toBe(
      'canary shop/cart in eu1: aborted, weight 20 -> 0, by arn:aws:iam::123456789012:role/ci: p99 doubled',
    );
    const { reason: _, from: __, ...created } = entryOf({ verb: 'create', who: 'local' });
    expect(sentenceOf(noticeOf(KEY, created))).toBe('canary shop/cart in eu1: created, by local');
  });

  test.each([
    [true, ['aborted'], ['*']],
    [true, ['step', 'aborted'], ['pay', 'sh*']],
    [false, ['convicted'], ['*']],
    [false, ['aborted'], ['sho', '*x']],
  ] as const)('is wanted: %s by %o in %o', (isIt, events, namespaces) => {
    const to = { kind: 'slack', secretRef: 's' } as const;
    expect(isWanted({ name: 'a', events, namespaces, to }, noticeIn('eu1'))).toBe(isIt);
  });
});
