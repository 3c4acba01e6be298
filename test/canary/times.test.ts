import fc from 'fast-check';
import { expect, test } from 'vitest';
import { awaitMsOf, releaseTimes, routesRefreshMsOf } from '../../functions/canary/times.ts';

test('the refresh that a wait was made of is found again, whatever it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 365 * 24 * 3_600_000 }), (ms) => {
      expect(routesRefreshMsOf(awaitMsOf(ms))).toBe(ms);
    }),
  );
});

test('a wait that no refresh makes is of the shortest', () => {
  expect(routesRefreshMsOf(0)).toBe(0);
  expect(routesRefreshMsOf(awaitMsOf(0) - 1)).toBe(0);
});

test('a release waits four refreshes for routes, and 35 s', () => {
  const times = releaseTimes({ refresh: '60s', routesRefresh: '10s' });
  expect(times.awaitMs).toBe(4 * 10_000 + 35_000);
});
