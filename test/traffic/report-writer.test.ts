import { expect, test } from 'vitest';
import { proxyIdentity } from '../../functions/identity/proxy-identity.ts';
import { REPORT_WRITE_EVERY_MS, REPORT_WRITE_MS } from '../../functions/limits.ts';
import { createReportWriter } from '../../functions/traffic/proxies/report-writer.ts';
import { soundCanaries } from '../../functions/traffic/quarantine.ts';
import { createTestReader } from '../support/canary-reader.ts';
import { awaitingFor, releaseOf } from '../support/releases.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
/** Awaited for 40 s from now on. */
const AWAITED = soundCanaries([releaseOf({ version: 7, awaiting: awaitingFor(7, NOW) })], new Map());
const RESTING = soundCanaries([releaseOf({ version: 7 })], new Map());
const IDENTITY = proxyIdentity({
  cluster: 'local',
  namespace: 'shop',
  serviceAccount: 'default',
  pod: { name: 'a', uid: 'a' },
});

/** A writer, and what it does of polls so long after NOW. */
function writer() {
  const store = createTestReader();
  const failures: unknown[] = [];
  const fleet = createReportWriter(store, { environment: 'e', onFailure: (cluster) => failures.push(cluster) });
  const note = (afterMs: number, state = AWAITED, cluster = 'local'): Promise<void> | undefined => {
    const runs = { version: 'v7', current: 'v7', canaries: new Map([['shop/cart', '7']]), sent: undefined };
    return fleet.note({ identity: { ...IDENTITY, cluster }, ...runs, at: NOW + afterMs }, state);
  };
  /** When the report that stands there was written, after NOW. */
  const writtenAt = (cluster = 'local') => (store.reports.get(`${cluster} e`)?.writtenAt ?? Number.NaN) - NOW;
  return { store, fleet, failures, note, writtenAt };
}

test('a report is written at the first poll, then once in a while, and when the clock has jumped back', async () => {
  const { note, writtenAt } = writer();
  for (const [afterMs, written] of [
    [0, 0],
    [1, 0],
    [REPORT_WRITE_EVERY_MS - 1, 0],
    [REPORT_WRITE_EVERY_MS, REPORT_WRITE_EVERY_MS],
    [REPORT_WRITE_EVERY_MS - 1, REPORT_WRITE_EVERY_MS - 1],
  ] as const) {
    await note(afterMs);
    expect(writtenAt()).toBe(written);
  }
  await note(REPORT_WRITE_EVERY_MS, AWAITED, 'other');
  expect(writtenAt('other')).toBe(REPORT_WRITE_EVERY_MS);
});

test('a poll that brings no write waits for nothing', async () => {
  const { note } = writer();
  expect(note(0)).toBeInstanceOf(Promise);
  expect([note(0), note(1)]).toEqual([undefined, undefined]);
  expect(note(REPORT_WRITE_EVERY_MS, RESTING)).toBeUndefined();
});

test.each([
  [-1, false],
  [0, true],
  [39_999, true],
  [40_000, false],
])('%i ms after a write is served, a report is written: %s', async (afterMs, isWritten) => {
  const { note, writtenAt } = writer();
  await note(afterMs);
  expect(writtenAt()).toBe(isWritten ? afterMs : Number.NaN);
});

test('a store that fails or is silent is told of, and holds no poll up', async () => {
  const { store, failures, note } = writer();
  store.trouble = () => Promise.reject(new Error('down'));
  await note(0);
  expect(failures).toEqual(['local']);
  store.trouble = () => new Promise(() => {});
  const begun = performance.now();
  await note(REPORT_WRITE_EVERY_MS);
  expect(performance.now() - begun).toBeGreaterThan(REPORT_WRITE_MS - 50);
});

test('polls that were refused are in the next report of the clusters whose issuer their tokens name, and make none', async () => {
  const { fleet, store, note } = writer();
  fleet.noteRefused({ clusters: ['local', 'twin'] }, NOW);
  fleet.noteRefused({ clusters: ['local'] }, NOW);
  expect(store.reports.size).toBe(0);
  await note(0);
  await note(0, AWAITED, 'twin');
  await note(0, AWAITED, 'other');
  expect(['local', 'twin', 'other'].map((name) => store.reports.get(`${name} e`)?.refusals)).toEqual([2, 1, 0]);
});

test('a proxy that polled before and is refused now is told of as refused, in its own cluster alone', async () => {
  const { fleet, store, note } = writer();
  await note(0);
  await note(0, AWAITED, 'twin');
  fleet.noteRefused({ clusters: ['local', 'twin'], identity: IDENTITY }, NOW + 1_000);
  await note(REPORT_WRITE_EVERY_MS, AWAITED, 'third');
  const other = { ...IDENTITY, pod: 'b', key: 'bbbbbbbbbbbb' };
  const runs = { version: 'v7', current: 'v7', canaries: new Map([['shop/cart', '7']]), sent: undefined };
  for (const cluster of ['local', 'twin']) {
    await fleet.note({ identity: { ...other, cluster }, ...runs, at: NOW + REPORT_WRITE_EVERY_MS }, AWAITED);
  }
  const troubles = (cluster: string) =>
    Object.values(store.reports.get(`${cluster} e`)?.proxies ?? {}).map(([, , t]) => t);
  expect([troubles('local').toSorted(), troubles('twin')]).toEqual([
    [0, 2],
    [0, 0],
  ]);
});
