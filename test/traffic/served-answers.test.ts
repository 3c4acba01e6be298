import { expect, test } from 'vitest';
import type { NamedRecord } from '../../functions/cluster-record/cluster-record.ts';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { soundCanaries } from '../../functions/traffic/quarantine.ts';
import { createServedAnswers, viewOf } from '../../functions/traffic/served-answers.ts';
import { releaseOf, targetFor } from '../support/releases.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const NAMED = recordOf();
const EMPTY = soundCanaries([], new Map());

function recordOf(): NamedRecord {
  const parsed = parseClusterRecord({ discovery: { host: 'control', routesRefresh: '500ms' } });
  if (!parsed.valid) throw new Error('a record without fields is one');
  return { cluster: 'local', record: parsed.value };
}

test('an answer is made once, and again for another record, another state, or a clock that jumped back', () => {
  let now = NOW;
  const serve = createServedAnswers(() => now);
  const first = serve(NAMED, 'shop', EMPTY);
  expect(serve(NAMED, 'shop', EMPTY)).toBe(first);
  expect(serve(NAMED, 'else', EMPTY)).not.toBe(first);
  expect(serve({ ...NAMED, cluster: 'other' }, 'shop', EMPTY)).not.toBe(first);
  now += 1_000_000;
  expect(serve(NAMED, 'shop', EMPTY)).toBe(first);
  const otherRecord = serve(recordOf(), 'shop', EMPTY);
  expect(otherRecord).not.toBe(first);
  const again = serve(NAMED, 'shop', EMPTY);
  expect(again).not.toBe(otherRecord);
  const otherState = serve(NAMED, 'shop', soundCanaries([], new Map()));
  expect(otherState).not.toBe(again);
  const known = serve(NAMED, 'shop', EMPTY);
  now -= 1;
  expect(serve(NAMED, 'shop', EMPTY)).not.toBe(known);
});

test('an answer holds until the moment at which a target begins to serve', () => {
  let now = NOW;
  const routesFrom = new Date(NOW + 5_000).toISOString();
  const staged = soundCanaries([releaseOf({ targets: [targetFor({}, { routesFrom })] })], new Map());
  const serve = createServedAnswers(() => now);
  const first = serve(NAMED, 'shop', staged);
  now = NOW + 4_999;
  expect(serve(NAMED, 'shop', staged)).toBe(first);
  now = NOW + 5_000;
  const second = serve(NAMED, 'shop', staged);
  expect(second.snapshot.routes).not.toEqual(first.snapshot.routes);
});

test('of two thousand namespaces the answer that was made longest ago goes for the next one', () => {
  let now = NOW;
  const serve = createServedAnswers(() => now);
  const made = Array.from({ length: 2_000 }, (_, i) => serve(NAMED, `n${i}`, EMPTY));
  expect(serve(NAMED, 'n0', EMPTY)).toBe(made[0]);
  now -= 1;
  const again = serve(NAMED, 'n0', EMPTY);
  now += 1;
  // Where an answer is made again while all places are taken, the place of the old one is free.
  expect(serve(NAMED, 'n1', EMPTY)).toBe(made[1]);
  serve(NAMED, 'new', EMPTY);
  expect(serve(NAMED, 'n0', EMPTY)).toBe(again);
  expect(serve(NAMED, 'n2', EMPTY)).toBe(made[2]);
  expect(serve(NAMED, 'n1', EMPTY)).not.toBe(made[1]);
});

test('the view of a namespace has the routes’ refresh of the record, in seconds', () => {
  expect(viewOf(NAMED.record, 'shop')).toMatchObject({
    namespace: 'shop',
    sources: { direct: { routesRefreshSeconds: 0.5 }, paced: { routesRefreshSeconds: 0.45 } },
  });
});
