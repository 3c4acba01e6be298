import { expect, test } from 'vitest';
import type { ProxyReport } from '../../functions/canary/proxy-reports.ts';
import { describeProxies } from '../../functions/traffic/proxies/proxy-status.ts';
import { awaitingFor, releaseOf } from '../support/releases.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const CART = releaseOf({ version: 7, awaiting: awaitingFor(7, NOW - 100_000) });

/** A report of no proxy, so long ago; undefined as an older version writes it. */
const reportOf = (agoMs: number, refusals: number | undefined): ProxyReport => ({
  writtenAt: NOW - agoMs,
  versions: [],
  proxies: {},
  names: {},
  sampling: 1,
  ...(refusals === undefined ? {} : { refusals }),
});

test.each<[string, readonly ProxyReport[], number]>([
  ['of two environments their sum', [reportOf(0, 3), reportOf(0, 4)], 7],
  ['what was written within the minute before the newest report', [reportOf(0, 3), reportOf(59_999, 4)], 7],
  ['and nothing from before it', [reportOf(0, 3), reportOf(60_000, 4)], 3],
  ['of the newest alone, however old it is', [reportOf(90_000, 3), reportOf(150_000, 4)], 3],
  ['nothing of an older version, which counts none', [reportOf(0, undefined), reportOf(1, 4)], 4],
])('refused polls: %s', (_what, reports, refusals) => {
  expect(describeProxies(reports, CART, NOW).refusals).toBe(refusals);
});

test('a kept confirmation tells of no rejection and of no refusal', () => {
  const kept = { resourceVersion: '7', asOf: '2026-11-22T11:00:00.000Z', seen: 40, converged: 40 };
  const told = describeProxies([], CART, NOW, kept);
  expect(told).toMatchObject({ seen: 40, converged: 40, lagging: 0, rejected: 0, refused: 0 });
});
