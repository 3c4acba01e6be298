import { expect, test } from 'vitest';
import { PACE_WRITE_EVERY_MS, REPORT_WRITE_EVERY_MS, REPORT_WRITE_MS } from '../../functions/limits.ts';
import { createPaceWriter } from '../../functions/traffic/proxies/pace-writer.ts';
import { createTestReader } from '../support/canary-reader.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const KNOWN = [10_000, 30_000, 1_500];

/** A writer, and what is written of polls so long after NOW: each as `refresh@after`. */
function writer() {
  const store = createTestReader();
  const failures: unknown[] = [];
  const pace = createPaceWriter(store, (cluster) => failures.push(cluster));
  const note = (said: string | undefined, afterMs = 0, cluster = 'local') =>
    pace.note(cluster, said, KNOWN, NOW + afterMs);
  const written = () => store.paces.map(({ refreshMs, at }) => `${refreshMs}@${at - NOW}`);
  return { store, failures, note, written };
}

test.each([
  ['10s', ['10000@0']],
  ['1.5s', ['1500@0']],
  ['30.000s', ['30000@0']],
  ['20s', []],
  ['10', []],
  ['10s ', []],
  ['1e1s', []],
  ['', []],
  [undefined, []],
])('a Pod that says %j: %j', async (said, paces) => {
  const { note, written } = writer();
  await note(said);
  expect(written()).toEqual(paces);
});

test('a longer pace is written at once, another one in its time, with the longest that was heard since', async () => {
  const { note, written } = writer();
  const heard: [string, number][] = [
    ['10s', 0],
    ['1.5s', 1],
    ['30s', 2],
    ['30s', 3],
    ['1.5s', PACE_WRITE_EVERY_MS],
    ['10s', PACE_WRITE_EVERY_MS + 1],
    ['1.5s', PACE_WRITE_EVERY_MS + 2],
    ['10s', 2 * PACE_WRITE_EVERY_MS + 1],
    ['1.5s', 2 * PACE_WRITE_EVERY_MS + 2],
  ];
  for (const [said, afterMs] of heard) await note(said, afterMs);
  expect(written()).toEqual([
    '10000@0',
    '30000@2',
    // What was heard at 3 ms is of this time.
    `30000@${PACE_WRITE_EVERY_MS + 2}`,
    `10000@${2 * PACE_WRITE_EVERY_MS + 2}`,
  ]);
});

test('a clock that jumped back writes again, and each Kubernetes cluster has a time of its own', async () => {
  const { note, written } = writer();
  await note('10s', 0);
  await note('10s', -1);
  await note('10s', 0, 'other');
  expect(written()).toEqual(['10000@0', '10000@-1', '10000@0']);
});

test('what could not be written is told of, and written with the next poll after a while', async () => {
  const { store, failures, note, written } = writer();
  store.trouble = () => Promise.reject(new Error('down'));
  await note('30s', 0);
  store.trouble = undefined;
  await note('10s', REPORT_WRITE_EVERY_MS - 1);
  expect([failures, written()]).toEqual([['local'], []]);
  await note('10s', REPORT_WRITE_EVERY_MS);
  expect(written()).toEqual([`30000@${REPORT_WRITE_EVERY_MS}`]);
});

test('a silent store holds a poll up for no longer than a write may take', async () => {
  const { store, note } = writer();
  store.trouble = () => new Promise(() => {});
  const begun = performance.now();
  await note('10s');
  expect(performance.now() - begun).toBeGreaterThan(REPORT_WRITE_MS - 50);
});
