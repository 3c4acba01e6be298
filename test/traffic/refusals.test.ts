import { expect, test } from 'vitest';
import { createRefusals } from '../../functions/traffic/proxies/refusals.ts';

const SLOT_MS = 10_000;
/** At the beginning of a slot. */
const NOW = 1_000_000_000;

test('polls that were refused count for the minute whose slot of ten seconds they are in', () => {
  const refusals = createRefusals();
  for (const at of [NOW, NOW + 1, NOW + SLOT_MS - 1, NOW + SLOT_MS]) refusals.note(at);
  const counts = [0, 1, 5, 6, 7].map((slots) => refusals.lately(NOW + slots * SLOT_MS));
  expect(counts).toEqual([3, 4, 4, 1, 0]);
  expect(refusals.lately(NOW + 6 * SLOT_MS - 1)).toBe(4);
  expect(refusals.lately(NOW - 1)).toBe(0);
});

test('a new one forgets those that are over a minute old, and those of a clock that was ahead', () => {
  const refusals = createRefusals();
  for (const slots of [0, 1, 6]) refusals.note(NOW + slots * SLOT_MS);
  // The first is forgotten: it does not come back with a clock that is set back.
  expect([0, 1, 6].map((slots) => refusals.lately(NOW + slots * SLOT_MS))).toEqual([0, 1, 2]);
  refusals.note(NOW + SLOT_MS);
  expect(refusals.lately(NOW + 6 * SLOT_MS)).toBe(2);
});
