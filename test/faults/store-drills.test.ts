import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TemplatePublisher } from '../../functions/template-store/publisher.ts';
import { createSsmPublisher } from '../../functions/template-store/ssm/ssm-publisher.ts';
import { ssmClientFor, ssmHarness } from '../contract/ssm-harness.ts';
import { document, largeDocument } from '../contract/template-store.ts';
import { moveClock as age, environmentAt, outcomeOf as outcome, sendReview as send } from '../support/drill.ts';
import type { MutateEntryPoint } from '../support/mutate-entry-point.ts';
import { type SsmFake, type SsmTrouble, startSsmFake } from '../support/ssm-fake.ts';

// Section 3 of the fault catalogue, through the entry point and over the wire; the numbers in the titles are the catalogue's.

const error = (type: string, status = 400): SsmTrouble => ({ kind: 'error', type, status });
const THROTTLED = error('ThrottlingException');
const MINUTE = 60_000;

let fake: SsmFake;
let publisher: TemplatePublisher;

beforeEach(async () => {
  fake = await startSsmFake();
  const client = ssmClientFor(fake.url);
  publisher = createSsmPublisher(client, 'f', Date.now);
  await publisher.publish('envoy', document('envoy', 'envoy:1'));
  await ssmHarness(client, 'f').putClusterRecord('local', { defaultTemplates: ['envoy'] });
  fake.calls.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
  fake.close();
});

const environment = (): MutateEntryPoint => environmentAt(fake.url);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Asks until the refresh in the background has come, or a second has passed. */
const settled = async (entryPoint: MutateEntryPoint, wanted: unknown): Promise<void> =>
  await expect.poll(async () => await outcome(entryPoint), { timeout: 2_000 }).toBe(wanted);

describe.each<[string, SsmTrouble]>([
  ['throttled (54)', THROTTLED],
  ['failing (52)', error('InternalServerError', 500)],
  ['denied (56)', error('AccessDeniedException')],
  ['with expired credentials (56)', error('ExpiredTokenException')],
  ['resetting connections (52)', { kind: 'reset' }],
  ['talking garbage (52)', { kind: 'garbage' }],
  ['never answering (55)', { kind: 'hang' }],
])('a store that is %s', (title, trouble) => {
  test('warm: the last good templates are served on, and it is logged', async () => {
    const entryPoint = environment();
    expect(await outcome(entryPoint)).toBe('envoy:1');
    fake.trouble = trouble;
    for (let i = 0; i < 3; i++) {
      age(MINUTE);
      expect(await outcome(entryPoint)).toBe('envoy:1');
    }
    await expect
      .poll(() => entryPoint.logged().map((l) => l['message']), { timeout: 3_000 })
      .toContain('store unreadable');
    expect(entryPoint.lines.join()).not.toContain('as ordered');
  });

  test('cold: failurePolicy decides within the caller’s time, and the next environment is not poisoned', async () => {
    fake.trouble = trouble;
    const entryPoint = environment();
    const started = performance.now();
    expect(await outcome(entryPoint, 'u-1', 'timeout=1s')).toBe(500);
    expect(performance.now() - started).toBeLessThan(1_000);
    fake.trouble = undefined;
    if (title.startsWith('never')) return;
    expect(await outcome(entryPoint)).toBe('envoy:1');
  });
});

describe('a throttled cold start (54)', () => {
  test('is answered 503 with Retry-After once per review, then by failure', async () => {
    fake.trouble = THROTTLED;
    const entryPoint = environment();
    expect(await send(entryPoint, 'u-1')).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
    expect(await send(entryPoint, 'u-1')).toMatchObject({ statusCode: 500 });
    expect(await outcome(entryPoint, 'u-2')).toBe(503);
    expect(await outcome(environment(), 'u-1')).toBe(503);
  });

  test('and the second try of the same review is injected when the throttle has ended', async () => {
    fake.trouble = THROTTLED;
    const entryPoint = environment();
    expect(await outcome(entryPoint)).toBe(503);
    fake.trouble = undefined;
    expect(await outcome(entryPoint)).toBe('envoy:1');
  });

  test.each(['timeout=2s', 'timeout=1s', ''])('without room for a second try it is 500: %j', async (query) => {
    fake.trouble = THROTTLED;
    expect(await outcome(environment(), 'u-1', query)).toBe(500);
  });

  test('no other fault is answered so', async () => {
    fake.trouble = error('AccessDeniedException');
    expect(await outcome(environment())).toBe(500);
  });

  test('one call of many throttled: the refresh fails as a whole, the next one succeeds', async () => {
    for (let i = 0; i < 12; i++) await publisher.publish(`t${i}`, document(`t${i}`));
    const entryPoint = environment();
    fake.trouble = THROTTLED;
    fake.troubleCalls = 1;
    expect(await outcome(entryPoint)).toBe(503);
    expect(await outcome(entryPoint)).toBe('envoy:1');
  });
});

describe('a slow store (55)', () => {
  test.each([100, 500, 700])('%i ms a read: waited for', async (ms) => {
    fake.trouble = { kind: 'slow', ms };
    expect(await outcome(environment())).toBe('envoy:1');
  });

  test('slower than the caller waits: 500 in time; late answers serve the next ones', async () => {
    fake.trouble = { kind: 'slow', ms: 200 };
    const entryPoint = environment();
    // Record and templates are read side by side, so one wait is enough for both.
    expect(await outcome(entryPoint, 'u-1', 'timeout=300ms')).toBe(500);
    await pause(400);
    fake.trouble = { kind: 'hang' };
    expect(await outcome(entryPoint, 'u-2', 'timeout=300ms')).toBe('envoy:1');
  });
});

describe('what changes in the store', () => {
  test('a moved label is served within a TTL, and a rollback as well (63)', async () => {
    const entryPoint = environment();
    await publisher.publish('envoy', document('envoy', 'envoy:2'));
    expect(await outcome(entryPoint)).toBe('envoy:1');
    await publisher.promote('envoy', 'stable');
    age(MINUTE);
    await settled(entryPoint, 'envoy:2');
    await publisher.rollback('envoy', 'stable');
    age(MINUTE);
    await settled(entryPoint, 'envoy:1');
  });

  test.each<[string, string]>([
    ['malformed (59)', '{"apiVersion": "outrigger'],
    ['invalid (60)', JSON.stringify({ ...document('envoy'), spec: {} })],
    ['half written (62)', `parts:2:${'a'.repeat(64)}`],
    ['cut short in its compressed form (59)', 'gzip:H4sIAAAAAAAAA6tWyk'],
  ])('a version that is %s never replaces a good one; cold, it is no template', async (_, value) => {
    const entryPoint = environment();
    expect(await outcome(entryPoint)).toBe('envoy:1');
    fake.parameters.put('/outrigger/f/templates/envoy', value, 'String', 'Standard', true);
    fake.parameters.label('/outrigger/f/templates/envoy', 2, ['stable']);
    age(MINUTE);
    await expect
      .poll(async () => (await send(entryPoint)) && entryPoint.logged(), { timeout: 2_000 })
      .toContainEqual(
        expect.objectContaining({ message: 'template refused', name: 'envoy', why: expect.stringMatching(/\w/) }),
      );
    expect(await outcome(entryPoint)).toBe('envoy:1');
    expect(await outcome(environment())).toBe(500);
  });

  test('a removed template is no longer served after a TTL (61)', async () => {
    const entryPoint = environment();
    expect(await outcome(entryPoint)).toBe('envoy:1');
    fake.parameters.delete('/outrigger/f/templates/envoy');
    age(MINUTE);
    await settled(entryPoint, 500);
  });
});

describe('a next channel (52, 59)', () => {
  const next = (fields: Record<string, unknown> = {}): Promise<void> =>
    ssmHarness(ssmClientFor(fake.url), 'f').putClusterRecord('local', {
      defaultTemplates: ['envoy'],
      next: { channel: 'canary', share: 100, ...fields },
    });
  const served = async (entryPoint: MutateEntryPoint): Promise<unknown> => [
    await outcome(entryPoint),
    entryPoint.logged().at(-1)?.['channel'],
  ];

  beforeEach(async () => {
    await next();
    await publisher.publish('envoy', document('envoy', 'envoy:2'));
    await publisher.promote('envoy', 'canary');
  });

  test('is served to its share, and what it does not hold comes from the current one', async () => {
    await publisher.publish('other', document('other'));
    const entryPoint = environment();
    expect(await served(entryPoint)).toEqual(['envoy:2', 'canary']);
    await next({ share: 0 });
    expect(await served(environment())).toEqual(['envoy:1', 'stable']);
  });

  test.each<[string, SsmTrouble]>([
    ['throttled', THROTTLED],
    ['failing', error('InternalServerError', 500)],
    ['denied', error('AccessDeniedException')],
    ['resetting connections', { kind: 'reset' }],
    ['never answering', { kind: 'hang' }],
  ])('%s when cold: the current one is served, and the log says why', async (_what, trouble) => {
    const entryPoint = environment();
    fake.troubleFor = (input) => (JSON.stringify(input).includes('"canary"') ? trouble : undefined);
    expect(await served(entryPoint)).toEqual(['envoy:1', 'stable']);
    expect(entryPoint.logged().at(-1)).toMatchObject({ reason: 'Injected', channelReason: 'NextUnavailable' });
    fake.calls.length = 0;
    for (let i = 0; i < 20; i++) expect(await outcome(entryPoint)).toBe('envoy:1');
    expect(fake.calls.length).toBeLessThanOrEqual(2);
    fake.troubleFor = undefined;
    age(MINUTE);
    await settled(entryPoint, 'envoy:2');
  });

  test('down when warm: what it last served stays, so that no workload moves back', async () => {
    const entryPoint = environment();
    expect(await served(entryPoint)).toEqual(['envoy:2', 'canary']);
    fake.trouble = error('InternalServerError', 500);
    age(MINUTE);
    expect(await served(entryPoint)).toEqual(['envoy:2', 'canary']);
  });

  test.each<[string, string]>([
    ['malformed', '{"apiVersion": "outrigger'],
    ['invalid', JSON.stringify({ ...document('envoy'), spec: {} })],
    ['half written', `parts:2:${'a'.repeat(64)}`],
  ])('%s: the template is the current one’s, and the fault is told', async (_what, value) => {
    fake.parameters.put('/outrigger/f/templates/envoy', value, 'String', 'Standard', true);
    fake.parameters.label('/outrigger/f/templates/envoy', 3, ['canary']);
    const entryPoint = environment();
    expect(await served(entryPoint)).toEqual(['envoy:1', 'stable']);
    expect(entryPoint.logged()).toContainEqual(expect.objectContaining({ message: 'template refused', name: 'envoy' }));
  });

  test('in shadow mode and malformed changes nothing', async () => {
    await next({ shadow: true });
    fake.parameters.put('/outrigger/f/templates/envoy', '{', 'String', 'Standard', true);
    fake.parameters.label('/outrigger/f/templates/envoy', 3, ['canary']);
    expect(await served(environment())).toEqual(['envoy:1', 'stable']);
  });

  test('is one read more per environment and TTL, also for 100 concurrent cold requests', async () => {
    const byPath = (): number => fake.calls.filter((c) => c === 'GetParametersByPath').length;
    const entryPoint = environment();
    fake.calls.length = 0;
    await Promise.all(Array.from({ length: 100 }, (_, i) => outcome(entryPoint, `u-${i}`)));
    expect([byPath(), fake.calls.length]).toEqual([2, 3]);
    for (let i = 0; i < 300; i++) await send(entryPoint);
    expect(byPath()).toBe(2);
    age(31_000);
    for (let i = 0; i < 300; i++) await send(entryPoint);
    expect([byPath(), fake.calls.length]).toEqual([4, 6]);
  });
});

describe('refreshes, counted (66)', () => {
  const count = (): Record<string, number> =>
    Object.fromEntries([...Map.groupBy(fake.calls, (c) => c)].map(([c, calls]) => [c, calls.length]));

  test('100 concurrent cold requests are one', async () => {
    await publisher.publish('mesh', largeDocument('mesh', 24_000));
    fake.calls.length = 0;
    const entryPoint = environment();
    const results = await Promise.all(Array.from({ length: 100 }, (_, i) => outcome(entryPoint, `u-${i}`)));
    expect(new Set(results)).toEqual(new Set(['envoy:1']));
    expect(count()).toEqual({ GetParameter: 1, GetParametersByPath: 1, GetParameters: 1 });
  });

  test('1,000 warm requests over three TTLs are one each, and parts are not read again', async () => {
    await publisher.publish('mesh', largeDocument('mesh', 24_000));
    const entryPoint = environment();
    await outcome(entryPoint);
    fake.calls.length = 0;
    for (let ttl = 0; ttl < 3; ttl++) {
      age(31_000);
      for (let i = 0; i < 333; i++) await send(entryPoint, `u-${ttl}-${i}`);
      await expect.poll(count).toEqual({ GetParameter: ttl + 1, GetParametersByPath: ttl + 1 });
      // The answers are on their way; what was asked for is not asked for again.
      await pause(100);
    }
  });

  test('a store that is down is asked at most once a second, not once a request', async () => {
    const entryPoint = environment();
    await outcome(entryPoint);
    fake.trouble = error('AccessDeniedException');
    fake.calls.length = 0;
    age(MINUTE);
    for (let i = 0; i < 200; i++) await send(entryPoint, `u-${i}`);
    expect(fake.calls.length).toBeLessThanOrEqual(2);
  });
});
