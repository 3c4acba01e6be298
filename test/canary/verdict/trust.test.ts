import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { waterLevel } from '../../../functions/canary/verdict/trust.ts';

describe('the level above which a proxy is cut', () => {
  test.each<[string, readonly number[], number]>([
    ['five alike are far below it', [50, 50, 50, 50, 50], 100],
    ['two are not', [1_000, 1], 1_001],
    ['one of ten is cut to a fifth of all', [...Array.from({ length: 9 }, () => 16), 8_000], 36],
    ['one of four that alone has bad responses keeps three', [0, 0, 0, 100], 3],
    ['two of five that alone have bad responses keep three each', [100, 100, 0, 0, 0], 3],
  ])('%s', (_, amounts, level) => {
    expect(waterLevel(amounts)).toBeCloseTo(level, 9);
  });

  test('no proxy has more than its share, and the order is no matter', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 3, maxLength: 60 }), (amounts) => {
        const level = waterLevel(amounts);
        const kept = amounts.map((amount) => Math.min(amount, level));
        const most = Math.max(...kept);
        const sum = kept.reduce((a, b) => a + b, 0);
        expect(most).toBeLessThanOrEqual(Math.max(3, Math.max(0.2, 2 / amounts.length) * sum) * (1 + 1e-9));
        expect(waterLevel(amounts.toReversed())).toBeCloseTo(level, 6);
      }),
    );
  });
});
