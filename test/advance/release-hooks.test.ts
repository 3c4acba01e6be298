import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAskHooks } from '../../functions/advance/ask-hooks.ts';
import type { Canary } from '../../functions/canary/canary.ts';
import type { AskHooks } from '../../functions/canary/hooks/ask-hooks.ts';
import { runningRelease } from '../../functions/canary/steps/release.ts';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { canaryOf } from '../support/canaries.ts';
import { localTools, type PlainServer, startPlainServer } from '../support/metric-servers.ts';
import { simulateRelease } from '../support/release-simulator.ts';

const URL_OF_HOOK = 'https://gate.example.com/';
const strategyWith = (type: string): object => ({
  steps: [{ setWeight: 20 }],
  progressDeadline: '1m',
  analysis: { baseline: '30s', minimum: { time: '10s' }, bake: { time: '30s' } },
  hooks: [{ name: 'gate', type, url: URL_OF_HOOK }],
});
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

  async function asked(egress: object): Promise<unknown> {
    const parsed = parseClusterRecord({ egress });
    if (!parsed.valid) throw new Error('the record is good');
    const { egress: _, ...tools } = localTools(server.host, { now: Date.now });
    const ask = createAskHooks({ ...tools, recordFor: async () => parsed.value });
    const hook = { name: 'gate', type: 'rollback', url: `${server.url}/x`, metadata: { a: 'b' } } as const;
    return (await ask({ cluster: 'eu1', canary: canaryOf(), release: 'r1' }, [hook]))[0];
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
    expect(await asked({ http: [server.host], private: ['127.0.0.1/32'] })).toMatchObject({ isSuccess });
  });

  test('goes nowhere that the cluster record does not list', async () => {
    status = 200;
    const before = server.seen.length;
    expect(await asked({})).toMatchObject({ isSuccess: false });
    expect(server.seen).toHaveLength(before);
  });
});
