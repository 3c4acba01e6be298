import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TemplatePublisher } from '../../functions/template-store/publisher.ts';
import { createSsmPublisher } from '../../functions/template-store/ssm/ssm-publisher.ts';
import { ssmClientFor, ssmHarness } from '../contract/ssm-harness.ts';
import { document } from '../contract/template-store.ts';
import { DRILL_FLEET, environmentAt, moveClock, outcomeOf } from '../support/drill.ts';
import { type SsmFake, type SsmTrouble, startSsmFake } from '../support/ssm-fake.ts';

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;
/** As the function's own client: one retry. */
const ATTEMPTS = 2;

/** So many calls of either kind, sorted. */
const each = (calls: number): readonly string[] =>
  ['GetParameter', 'GetParametersByPath'].flatMap((name) => Array.from({ length: calls }, () => name));

let fake: SsmFake;
let publisher: TemplatePublisher;

beforeEach(async () => {
  fake = await startSsmFake();
  const client = ssmClientFor(fake.url);
  publisher = createSsmPublisher(client, DRILL_FLEET, Date.now);
  await publisher.publish('envoy', document('envoy', 'envoy:1'));
  await ssmHarness(client, DRILL_FLEET).putClusterRecord('local', { defaultTemplates: ['envoy'] });
  fake.calls.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
  fake.close();
});

describe('clock skew (57)', () => {
  test.each([
    -HOUR,
    HOUR,
  ])('by %i ms: signed once more with the server’s date, and from then on at once', async (ms) => {
    fake.trouble = { kind: 'skew', ms };
    const entryPoint = environmentAt(fake.url, ATTEMPTS);
    expect(await outcomeOf(entryPoint)).toBe('envoy:1');
    // The record and the channel are read side by side.
    await expect.poll(() => fake.calls.toSorted()).toEqual(each(2));
    moveClock(60_000);
    expect(await outcomeOf(entryPoint)).toBe('envoy:1');
    await expect.poll(() => fake.calls.slice(4).toSorted()).toEqual(['GetParameter', 'GetParametersByPath']);
  });

  test.each<[what: string, trouble: SsmTrouble, calls: number]>([
    ['that stays refused is tried twice', { kind: 'skew', ms: HOUR, always: true }, 2],
    ['refused by a clock like ours once', { kind: 'error', type: 'InvalidSignatureException', status: 400 }, 1],
  ])('a signature %s, then failurePolicy decides; nothing of it is logged', async (_, trouble, calls) => {
    fake.trouble = trouble;
    const entryPoint = environmentAt(fake.url, ATTEMPTS);
    expect(await outcomeOf(entryPoint)).toBe(500);
    // The answer waits for the first failure only; the other read may still be on its way.
    await expect.poll(() => fake.calls.toSorted()).toEqual(each(calls));
    expect(entryPoint.logged()).toContainEqual(
      expect.objectContaining({ message: 'store unreadable', why: 'InvalidSignatureException' }),
    );
    expect(entryPoint.lines.join()).not.toContain('as ordered');
  });
});

describe('the clock jumps while the environment is frozen (58)', () => {
  test.each([
    ['back by an hour', -HOUR],
    ['back by a week', -WEEK],
    ['ahead by a week', WEEK],
  ])('%s: neither immortal nor expired', async (_, ms) => {
    const entryPoint = environmentAt(fake.url);
    expect(await outcomeOf(entryPoint)).toBe('envoy:1');
    await publisher.publish('envoy', document('envoy', 'envoy:2'));
    await publisher.promote('envoy', 'stable');
    moveClock(ms);
    // Read anew at once: what is held has no age that could be trusted.
    await expect.poll(() => outcomeOf(entryPoint)).toBe('envoy:2');
    fake.calls.length = 0;
    for (let i = 0; i < 20; i++) expect(await outcomeOf(entryPoint, `u-${i}`)).toBe('envoy:2');
    expect(fake.calls).toEqual([]);
  });

  test.each([-WEEK, WEEK])('by %i ms with the store down: the last good templates are served on', async (ms) => {
    const entryPoint = environmentAt(fake.url);
    expect(await outcomeOf(entryPoint)).toBe('envoy:1');
    fake.trouble = { kind: 'error', type: 'InternalServerError', status: 500 };
    moveClock(ms);
    for (let i = 0; i < 5; i++) expect(await outcomeOf(entryPoint, `u-${i}`)).toBe('envoy:1');
  });
});

describe('a read in flight while the environment is frozen (79)', () => {
  test('is given up after the thaw: nobody waits for it, no rejection is left unhandled, the next read starts', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const entryPoint = environmentAt(fake.url);
    expect(await outcomeOf(entryPoint)).toBe('envoy:1');
    moveClock(60_000);
    fake.trouble = { kind: 'hang' };
    expect(await outcomeOf(entryPoint)).toBe('envoy:1');
    // Frozen for an hour with the read under way; the socket is dead when it thaws.
    moveClock(HOUR);
    fake.closeConnections();
    fake.trouble = undefined;
    const other = createSsmPublisher(ssmClientFor(fake.url), DRILL_FLEET, Date.now);
    await other.publish('envoy', document('envoy', 'envoy:2'));
    await other.promote('envoy', 'stable');
    moveClock(HOUR);
    await expect.poll(() => outcomeOf(entryPoint), { timeout: 3_000 }).toBe('envoy:2');
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});
