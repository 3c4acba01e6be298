import { expect, test } from 'vitest';
import type { Stepped } from '../../functions/advance/step/step-release.ts';
import type { WriteOutcome } from '../../functions/canary/store.ts';
import { simulateRelease } from '../support/release-simulator.ts';

const STRATEGY = { steps: [{ setWeight: 10 }], analysis: { baseline: '30s', minimum: { time: '10s' } } };

/** The first look that does such a move while its writes meet others; how often it tried to write, and what it waited. */
async function lookAmong(
  move: Stepped['move']['move'],
  meets: (tries: number) => WriteOutcome | undefined,
): Promise<{ readonly written: unknown; readonly tries: number; readonly pauses: readonly number[] }> {
  const release = await simulateRelease(STRATEGY);
  const { store } = release;
  for (let passes = 0; passes < 60; passes++) {
    let tries = 0;
    const writePhase: typeof store.writePhase = async (...args) => meets(++tries) ?? (await store.writePhase(...args));
    const before = release.use.pauses.length;
    const stepped = await release.pass({ canaries: { ...store, writePhase } });
    const pauses = release.use.pauses.slice(before);
    if (stepped?.move.move === move && tries > 0) return { written: stepped.written, tries, pauses };
  }
  throw new Error(`no look does ${move}`);
}

test('a confirmation that loses to the writes of other releases is tried again within its look', async () => {
  const found = await lookAmong('confirm', (tries) => (tries <= 3 ? { outcome: 'behind' } : undefined));
  expect(found).toEqual({ written: 'written', tries: 4, pauses: [25, 50, 75] });
});

test('not for longer than a look has, and the next look decides', async () => {
  const { written, tries, pauses } = await lookAmong('confirm', () => ({ outcome: 'behind' }));
  expect([written, tries, pauses.length]).toEqual(['lost', 8, 7]);
  expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(1_500);
});

test('a writer of the canary itself is given way to at once', async () => {
  const found = await lookAmong('confirm', () => ({ outcome: 'conflict', current: undefined }));
  expect(found).toEqual({ written: 'lost', tries: 1, pauses: [] });
});

test('what a release waits for is written once, or not: that takes no evidence away', async () => {
  const found = await lookAmong('wait', () => ({ outcome: 'behind' }));
  expect(found).toEqual({ written: 'lost', tries: 1, pauses: [] });
});
