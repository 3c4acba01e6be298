import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAskHooks } from '../../functions/advance/ask-hooks.ts';
import type { Canary } from '../../functions/canary/canary.ts';
import type { Hook } from '../../functions/canary/document/strategy/hooks.ts';
import type { AskHooks } from '../../functions/canary/hooks/ask-hooks.ts';
import { runningRelease } from '../../functions/canary/steps/release.ts';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { canaryOf } from '../support/canaries.ts';
import { localTools, type PlainServer, startPlainServer } from '../support/metric-servers.ts';
import { simulateRelease } from '../support/release-simulator.ts';

const DEFAULTS = { timeout: '2s', retries: 0, interval: '10s', failureLimit: 0 } as const;
const URL_OF_HOOK = 'https://gate.example.com/';
const strategyWith = (type: string, more: object = {}): object => ({
  steps: [{ setWeight: 20 }],
  progressDeadline: '1m',
  analysis: { baseline: '30s', minimum: { time: '10s' }, bake: { time: '30s' } },
  hooks: [{ name: 'gate', type, url: URL_OF_HOOK, ...more }],
});
/** Taken back, or without a share that could be judged, or over. */
const isBack = (canary: Canary): boolean => isOver(canary) || canary.status.weights.canary === 0;
const answering =
  (isSuccess: () => boolean): AskHooks =>
  async (_, hooks) =>
    hooks.map(() => (isSuccess() ? { isSuccess: true } : { isSuccess: false, sentence: 'hook gate: closed' }));
const isOver = (canary: Canary): boolean =>
  runningRelease(canary)?.state === 'WaitingPromotion' || canary.status.phase === 'Failed';

describe('a release with hooks', () => {
  test.each([
    ['confirm-rollout', 0],
    ['confirm-traffic-increase', 0],
    ['confirm-promotion', 20],
  ])('%s holds it at %i %%, longer than its deadline, until it is open', async (type, held) => {
    const release = await simulateRelease(strategyWith(type), { rps: 200 });
    let isOpen = false;
    const hooks = answering(() => isOpen);
    for (let looks = 0; looks < 120; looks++) await release.pass({ hooks });
    const { status } = await release.canary();
    expect(status).toMatchObject({ weights: { canary: held }, release: { verdict: { reason: 'Gate' } } });
    isOpen = true;
    expect((await release.until(isOver, 60, { hooks })).status).toMatchObject({ phase: 'WaitingPromotion' });
  });

  test.each([
    ['pre-rollout', 0],
    ['rollout', 20],
  ])('%s that fails holds it at %i %%, and takes it back once it has failed too often', async (type, held) => {
    const release = await simulateRelease(strategyWith(type, { interval: '5m', failureLimit: 2 }), { rps: 200 });
    let asked = 0;
    const hooks: AskHooks = async (_, all) => {
      asked += all.length;
      return all.map(() => ({ isSuccess: false, sentence: 'hook gate: closed' }));
    };
    await release.until(({ status }) => status.release?.verdict?.reason === 'Gate', 60, { hooks });
    expect((await release.canary()).status.weights.canary).toBe(held);
    const { status } = await release.until(isOver, 60, { hooks });
    expect(status).toMatchObject({ phase: 'Failed', weights: { canary: 0 } });
    expect(status.conditions[0]?.message).toMatch(/hook gate failed 3 times: failureLimit is 2; that is outside/);
    expect(asked).toBe(3);
  });

  test('pre-rollout is asked until it has succeeded once, and rollout on its interval in every step', async () => {
    const twice = [
      { name: 'before', type: 'pre-rollout', url: URL_OF_HOOK, failureLimit: 5, interval: '10s' },
      { name: 'while', type: 'rollout', url: URL_OF_HOOK, interval: '10s' },
    ];
    const release = await simulateRelease({ ...strategyWith('rollback'), hooks: twice }, { rps: 200 });
    const asked: string[] = [];
    const hooks: AskHooks = async (_, all) => {
      asked.push(...all.map(({ name }) => name));
      return all.map(() => (asked.length < 3 ? { isSuccess: false, sentence: 'no' } : { isSuccess: true }));
    };
    expect((await release.until(isOver, 60, { hooks })).status).toMatchObject({ phase: 'WaitingPromotion' });
    expect(asked.filter((name) => name === 'before')).toHaveLength(3);
    expect(asked.filter((name) => name === 'while').length).toBeGreaterThan(2);
  });

  test('whatever hooks respond, a conviction takes it back', async () => {
    const types = ['confirm-rollout', 'confirm-traffic-increase', 'confirm-promotion', 'pre-rollout', 'rollout'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...types),
        fc.array(fc.nat(2), { minLength: 8, maxLength: 8 }),
        async (type, said) => {
          const release = await simulateRelease(strategyWith(type, { failureLimit: 1_000, interval: '10s' }), {
            rps: 200,
          });
          let count = 0;
          const hooks: AskHooks = async (_, all) =>
            all.map(() => {
              const what = said[count++ % said.length];
              if (what === 0) return { isSuccess: true };
              return { isSuccess: false, sentence: 'no', ...(what === 1 ? { isPending: true } : {}) };
            });
          for (let looks = 0; looks < 40; looks++) await release.pass({ hooks });
          release.behaviour = { rps: 200, canaryBad: 0.5 };
          const before = await release.canary();
          const { status } = await release.until(isBack, 30, { hooks });
          if (!isBack(before)) expect(status).toMatchObject({ phase: 'Failed', weights: { canary: 0 } });
        },
      ),
      { numRuns: 12 },
    );
  }, 60_000);

  test('a pre-rollout hook that has not responded yet has not failed', async () => {
    const release = await simulateRelease(strategyWith('pre-rollout'), { rps: 200 });
    const hooks: AskHooks = async (_, all) => all.map(() => ({ isSuccess: false, sentence: 'no', isPending: true }));
    for (let looks = 0; looks < 60; looks++) await release.pass({ hooks });
    expect((await release.canary()).status).toMatchObject({ phase: 'Progressing', weights: { canary: 0 } });
  });

  test('one that waits never mutes a conviction', async () => {
    const behaviour = { rps: 200 };
    const release = await simulateRelease(strategyWith('confirm-promotion'), behaviour);
    const hooks = answering(() => false);
    await release.until(({ status }) => status.release?.verdict?.reason === 'Gate', 60, { hooks });
    release.behaviour = { ...behaviour, canaryBad: 0.5 };
    expect((await release.until(isOver, 60, { hooks })).status).toMatchObject({ phase: 'Failed' });
  });

  test('a rollback hook takes it back', async () => {
    const release = await simulateRelease(strategyWith('rollback'), { rps: 200 });
    let isCalled = false;
    const hooks = answering(() => isCalled);
    await release.until(({ status }) => status.weights.canary === 20, 60, { hooks });
    isCalled = true;
    await release.pass({ hooks });
    const { status } = await release.canary();
    expect(status).toMatchObject({ phase: 'Failed', weights: { canary: 0 } });
    expect(status.conditions[0]?.message).toMatch(/hook gate takes the canary back/);
  });
});

describe('a request of a hook', () => {
  let server: PlainServer;
  let status = 200;
  beforeAll(async () => {
    server = await startPlainServer();
  });
  afterAll(async () => await server.close());
  beforeEach(() =>
    server.respondBy((response) => {
      response.statusCode = status;
      response.end('no');
    }),
  );

  const listed = (): object => ({ http: [server.host], private: ['127.0.0.1/32'] });
  async function asked(egress: object, more: Partial<Hook> = {}): Promise<unknown> {
    const parsed = parseClusterRecord({ egress });
    if (!parsed.valid) throw new Error('the record is good');
    const { egress: _, ...tools } = localTools(server.host, { now: Date.now });
    const ask = createAskHooks({ ...tools, recordFor: async () => parsed.value });
    const hook = {
      ...DEFAULTS,
      name: 'gate',
      type: 'rollback',
      url: `${server.url}/x`,
      metadata: { a: 'b' },
      ...more,
    } as const;
    const asking = { cluster: 'eu1', canary: canaryOf(), release: 'r1' };
    let response = (await ask(asking, [hook]))[0];
    for (let looks = 0; looks < 20 && response?.isSuccess === false && response.isPending; looks++) {
      response = (await ask(asking, [hook]))[0];
    }
    return response;
  }

  test.each([
    [200, true],
    [202, true],
    [204, false],
    [302, false],
    [403, false],
    [500, false],
  ])('status %i is a success: %s', async (sent, isSuccess) => {
    status = sent;
    expect(await asked(listed())).toMatchObject({ isSuccess });
  });

  test("is Flagger's payload, with an id; a try that failed is followed by another with the same one", async () => {
    status = 503;
    const ids = new Set<string>();
    expect(await asked(listed(), { retries: 1, timeout: '5s' })).toMatchObject({ isSuccess: false });
    expect(server.seen).toHaveLength(2);
    for (const { method, url, headers, body } of server.seen) {
      const { metadata, ...payload }: { metadata: Record<string, string> } = JSON.parse(body);
      expect([method, url, headers['content-type']]).toEqual(['POST', '/x', 'application/json']);
      expect(payload).toEqual({ name: 'cart', namespace: 'shop', phase: canaryOf().status.phase, checksum: 'r1' });
      expect(metadata).toEqual({ a: 'b', deliveryId: headers['outrigger-delivery'] });
      ids.add(String(headers['outrigger-delivery']));
    }
    expect(ids.size).toBe(1);
  });

  test('that hangs is pending, and fails once its timeout is over', async () => {
    server.respondBy(() => {});
    const begun = Date.now();
    expect(await asked(listed(), { timeout: '1s' })).toEqual({
      isSuccess: false,
      sentence: 'hook gate: it does not respond',
    });
    expect(Date.now() - begun).toBeGreaterThan(900);
    expect(server.seen).toHaveLength(1);
  });

  test('goes nowhere that the cluster record does not list', async () => {
    status = 200;
    const before = server.seen.length;
    expect(await asked({})).toMatchObject({ isSuccess: false });
    expect(server.seen).toHaveLength(before);
  });
});
