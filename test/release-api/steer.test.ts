import { beforeEach, describe, expect, test } from 'vitest';
import type { ProxyReport } from '../../functions/canary/proxy-reports.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { STEER_VERBS } from '../../functions/release-api/request/path.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import { describeProxies } from '../../functions/traffic/proxies/proxy-status.ts';
import { CREATED_AT, manifestOf } from '../support/canaries.ts';
import { hostsHeard, openEvidenceApi } from '../support/evidence-api.ts';
import {
  type Ask,
  CANARIES,
  openReleaseEntryPoint,
  type ReleaseEntryPoint,
  type Told,
  WHO,
} from '../support/release-entry-point.ts';
import { releaseOf } from '../support/releases.ts';
import { at } from '../support/values.ts';

const CART = `${CANARIES}/cart`;
const STRATEGY = { steps: [{ setWeight: 10 }, { pause: {} }, { setWeight: 50 }] };
/** After so many seconds proxies know a new canary. */
const READY = 80;

let api: ReleaseEntryPoint;
beforeEach(() => {
  api = openReleaseEntryPoint();
});

const post = async (verb: string, ask: Ask = {}): Promise<Told> => await api.ask('POST', `${CART}/${verb}`, ask);
const create = async (spec: object = { strategy: STRATEGY }): Promise<void> => {
  expect((await api.ask('POST', CANARIES, { body: manifestOf({ ...spec }) })).status).toBe(201);
  api.at(READY);
};
const start = async (): Promise<void> => {
  await create();
  expect((await post('start')).status).toBe(200);
};
const stateOf = ({ status, body }: Told): readonly unknown[] => [
  status,
  ...['phase', 'release.state', 'release.currentStepIndex', 'weights.canary'].map((path) =>
    at(body, 'status', ...path.split('.')),
  ),
];
const history = async (): Promise<readonly unknown[]> => {
  const { body } = await api.ask('GET', `${CART}/history`);
  return at(body, 'items') as readonly unknown[];
};

describe('a release is steered', () => {
  test('from its start to the end, each verb with who, why and the weights in the history', async () => {
    await create();
    const life: [verb: string, body: object | undefined][] = [
      ['start', { reason: 'v2' }],
      ['skip', undefined],
      ['pause', { reason: 'lunch' }],
      ['resume', {}],
      ['skip', undefined],
      ['promote', { reason: 'looks good' }],
      ['promote', { full: true, reason: 'in a hurry' }],
      ['skip', undefined],
      ['promote', undefined],
    ];
    const told: Told[] = [];
    for (const [verb, body] of life) told.push(await post(verb, body === undefined ? {} : { body }));
    expect(told.map(stateOf)).toEqual([
      [200, 'Progressing', 'Baseline', -1, 0],
      [200, 'Progressing', 'Progressing', 0, 10],
      [200, 'Progressing', 'Paused', 0, 10],
      [200, 'Progressing', 'Progressing', 0, 10],
      [200, 'Progressing', 'Paused', 1, 10],
      [200, 'Progressing', 'Progressing', 2, 50],
      [200, 'Progressing', 'Baking', 3, 100],
      [200, 'WaitingPromotion', 'WaitingPromotion', 4, 100],
      [200, 'Succeeded', 'Promoted', 4, 0],
    ]);
    expect(at(told[2]?.body, 'status', 'release', 'paused')).toEqual({
      since: '2026-11-22T12:01:20.000Z',
      reason: 'PausedByUser',
      by: WHO,
      message: 'lunch',
    });
    const entries = (await history()).toReversed().slice(1);
    expect(
      entries.map((one) => [at(one, 'verb'), at(one, 'reason'), at(one, 'from', 'canary'), at(one, 'to', 'canary')]),
    ).toEqual([
      ['start', 'v2', 0, 0],
      ['skip', undefined, 0, 10],
      ['pause', 'lunch', 10, 10],
      ['resume', undefined, 10, 10],
      ['skip', undefined, 10, 10],
      ['promote', 'looks good', 10, 50],
      ['promote', 'in a hurry', 50, 100],
      ['skip', undefined, 100, 100],
      ['promote', undefined, 100, 0],
    ]);
    expect(entries.every((one) => at(one, 'who') === WHO)).toBe(true);
    // The words of callers stay in the history.
    expect(api.lines.join('\n')).not.toMatch(/v2|lunch|looks good|hurry/);
    expect(api.lines.filter((line) => line.includes('"part":"promote"'))).toHaveLength(3);
  });

  test('undo takes everything back in one write, and the canary rests', async () => {
    await start();
    await post('promote', { body: { full: true } });
    expect(stateOf(await post('undo', { body: { reason: 'wrong build' } }))).toEqual([
      200,
      'Initialized',
      'Undone',
      3,
      0,
    ]);
    expect((await history())[0]).toMatchObject({
      verb: 'undo',
      reason: 'wrong build',
      from: { canary: 100 },
      to: { canary: 0 },
    });
  });

  test('a release that is paused already stays as it is: nothing is written', async () => {
    await start();
    const { headers } = await post('pause');
    const entries = await history();
    expect((await post('pause', { body: { reason: 'again' } })).headers['etag']).toBe(headers['etag']);
    expect(await history()).toEqual(entries);
  });
});

describe('what cannot be done is 409 with a code and a sentence', () => {
  test.each<[code: string, verb: string, prepare: () => Promise<unknown>, sentence: RegExp]>([
    ['NoStrategy', 'start', () => create({}), /it has no spec\.strategy/],
    ['AlreadyReleasing', 'start', () => start(), /undo or abort it first/],
    ['Aborted', 'start', () => start().then(() => post('abort')), /it was aborted; retry begins a new release/],
    ['HasShare', 'start', () => create().then(() => weigh(20)), /set it to 0 first/],
    ['NotReleasing', 'promote', () => create(), /start begins one/],
    ['NotReleasing', 'undo', () => create(), /start begins one/],
    ['NotReleasing', 'skip', () => create(), /start begins one/],
    ['NotReleasing', 'pause', () => create(), /start begins one/],
    ['Aborted', 'resume', () => start().then(() => post('abort')), /retry begins a new release/],
    ['NotPaused', 'resume', () => start(), /it is not paused/],
    ['NothingToPromote', 'promote', () => start(), /the baseline ends by itself; skip goes to the next step/],
    ['Terminating', 'start', () => create().then(() => api.ask('DELETE', CART)), /it was deleted at/],
  ])('%s: %s', async (code, verb, prepare, sentence) => {
    await prepare();
    const before = await history();
    const { status, body } = await post(verb);
    expect([status, body['reason']]).toEqual([409, 'Conflict']);
    expect(body['message']).toMatch(/^canaries\.outrigger\.dev "cart" cannot be changed like this: /);
    expect(body['message']).toMatch(sentence);
    expect(at(body, 'details', 'causes')).toEqual([{ reason: code, message: expect.stringMatching(sentence) }]);
    expect(await history()).toEqual(before);
  });

  test('a canary that proxies are still learning is told from when on it may', async () => {
    await create();
    api.at(0);
    const { status, body } = await post('start');
    expect([status, at(body, 'details', 'causes', 0, 'reason')]).toEqual([409, 'NotReady']);
    expect(body['message']).toMatch(/from 2026-11-22T12:01:10\.000Z on it may$/);
  });

  const weigh = async (share: number): Promise<Told> => {
    const backends = [
      { name: 'stable', weight: 100 - share },
      { name: 'canary', weight: share },
    ];
    return await api.ask('PUT', `${CART}/weights`, { body: { backends }, headers: { 'if-match': '*' } });
  };
});

describe.each(STEER_VERBS)('%s', (verb) => {
  test('of no canary is 404; by another method 405', async () => {
    expect((await post(verb)).status).toBe(404);
    const { status, headers } = await api.ask('GET', `${CART}/${verb}`);
    expect([status, headers['allow']]).toEqual([405, 'POST']);
  });

  test.each<[what: string, ask: Ask, status: number]>([
    ['a reason of two lines', { body: { reason: 'a\nb' } }, 422],
    ['a field that it does not know', { body: { to: 5 } }, 422],
    ['a list', { body: [] }, 422],
    ['no JSON', { body: '{' }, 400],
    ['another media type', { body: '{}', headers: { 'content-type': 'text/plain' } }, 415],
    ['another dry run', { query: 'dryRun=Some' }, 400],
    ['force without a reason', { query: 'force=true' }, 400],
  ])('refuses %s, and writes nothing', async (_, ask, status) => {
    await start();
    const before = await history();
    expect((await post(verb, ask)).status).toBe(status);
    expect(await history()).toEqual(before);
  });

  test('keeps to If-Match, writes nothing in a dry run, and does a repeated request once', async () => {
    await prepared[verb]();
    const before = await history();
    const etag = (await api.ask('GET', CART)).headers['etag'] ?? '';
    expect((await post(verb, { headers: { 'if-match': '"1"' } })).status).toBe(412);
    const tried = await post(verb, { query: 'dryRun=All', headers: { 'if-match': etag } });
    expect([tried.status, await history()]).toEqual([200, before]);
    const headers = { 'if-match': etag, 'idempotency-key': `k-${verb}` };
    const done = await post(verb, { headers });
    expect(stateOf(done)).toEqual(stateOf(tried));
    const again = await post(verb, { headers });
    expect([again.status, again.headers['idempotency-replayed'], again.body]).toEqual([200, 'true', done.body]);
    expect(await history()).toHaveLength(before.length + 1);
    expect((await post(verb, { headers, body: { reason: 'other' } })).status).toBe(422);
  });

  /** A release that the verb does something to. */
  const prepared: Readonly<Record<typeof verb, () => Promise<unknown>>> = {
    start: () => create(),
    promote: () => start().then(() => post('promote', { body: { full: true } }).then(() => post('skip'))),
    pause: () => start(),
    resume: () => start().then(() => post('pause')),
    skip: () => start(),
    undo: () => start(),
  };
});

describe('bodies and queries that only some verbs know', () => {
  test.each(STEER_VERBS.filter((verb) => verb !== 'promote'))('full is no field of %s', async (verb) => {
    await start();
    const { status, body } = await post(verb, { body: { full: true } });
    expect([status, at(body, 'details', 'causes', 0, 'field')]).toEqual([422, 'full']);
  });

  test('full has to be true or false', async () => {
    await start();
    expect((await post('promote', { body: { full: 'yes' } })).status).toBe(422);
    // And without it promote only ends a pause.
    expect((await post('promote', { body: { full: false } })).status).toBe(409);
  });

  test.each(['pause', 'undo'])('%s raises nothing that could be forced', async (verb) => {
    await start();
    const { status, body } = await post(verb, { query: 'force=true&reason=x' });
    expect([status, body['message']]).toEqual([400, `there is nothing to force: ${verb} raises no weight`]);
  });
});

describe('a start whose callers do not count', () => {
  const polled = { writtenAt: CREATED_AT, versions: [], names: {}, sampling: 1 };
  const from = (...namespaces: readonly string[]): ProxyReport => ({
    ...polled,
    proxies: Object.fromEntries(namespaces.map((_, i) => [`proxy-${i}`, [-1, 0, 0, i] as const])),
    namespaces,
  });
  const open = async (
    read: () => Promise<readonly ProxyReport[]>,
    exportTo: readonly string[] = ['*'],
  ): Promise<void> => {
    const preview = () => ({ listeners: [], clusters: [], routes: [] });
    const fleet = { ...createMemoryStore(), readProxyReports: read };
    api = openReleaseEntryPoint({ traffic: { preview, describeProxies, fleet } });
    await create({ strategy: STRATEGY, exportTo });
  };

  test('is refused with the namespaces that call', async () => {
    await open(async () => [from('web', 'jobs', 'web')]);
    const { status, body } = await post('start');
    expect([status, at(body, 'details', 'causes', 0, 'reason')]).toEqual([409, 'NoCountedCallers']);
    expect(body['message']).toMatch(
      /name the callers in spec\.exportTo, e\.g\. \[\*, \w+\]; there are proxies in: .*web.* \(NoCountedCallers\); \?force=true&reason=… starts it all the same$/,
    );
    expect(at((await api.ask('GET', CART)).body, 'status', 'release')).toBeUndefined();
  });

  test('is forced with a reason, which the history has', async () => {
    await open(async () => [from('web')]);
    expect((await post('start', { query: 'force=true&reason=load%20test' })).status).toBe(200);
    expect((await history())[0]).toMatchObject({ verb: 'start', reason: 'forced past NoCountedCallers: load test' });
  });

  test('is allowed where one is named, or of its own namespace', async () => {
    await open(async () => [from('web')], ['*', 'web']);
    expect((await post('start', { body: { reason: 'v2' } })).headers['warning']).toBeUndefined();
    expect((await history())[0]).toMatchObject({ verb: 'start', reason: 'v2' });
    await open(async () => [from('web', 'shop')]);
    expect((await post('start')).status).toBe(200);
  });

  test('is allowed with a warning where no proxy is known, and holds nothing up where that cannot be read', async () => {
    await open(async () => []);
    const { status, headers } = await post('start');
    expect(status).toBe(200);
    expect(headers['warning']).toBe(
      `299 - "no proxy is known: the release waits at its baseline until callers' proxies report"`,
    );
    await open(async () => await Promise.reject(new CanaryStoreError('down')));
    const unread = await post('start');
    expect([unread.status, unread.headers['warning']]).toEqual([200, undefined]);
  });
});

describe('a larger share wants its Pods', () => {
  test.each(['skip', 'promote', 'resume'])('%s', async (verb) => {
    const { api: opened, fleet, sync } = await openEvidenceApi(1, releaseOf({ atRest: true }));
    api = opened;
    fleet.now = CREATED_AT + 600_000;
    sync();
    const tell = async (healthy: number): Promise<void> => {
      fleet.now += 3_000;
      await fleet.poll(0, { pod: 'web-1' }, { hosts: hostsHeard([10, 10, healthy, healthy]) });
      sync();
    };
    await tell(10);
    await api.ask('PATCH', CART, {
      body: { spec: { strategy: { steps: [{ setWeight: 40 }, { pause: {} }, { setWeight: 50 }] } } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    for (const before of prepared[verb] ?? []) expect((await before()).status).toBe(200);
    await tell(1);
    const { status, body } = await post(verb);
    expect([status, at(body, 'details', 'causes', 0, 'reason')]).toEqual([409, 'CanaryTooSmall']);
    expect((await post(verb, { query: 'force=true&reason=big%20Pods' })).status).toBe(200);
    expect((await history())[0]).toMatchObject({ verb, reason: 'forced past CanaryTooSmall: big Pods' });
  });

  const setTo = (share: number) => async (): Promise<Told> => {
    const backends = [
      { name: 'stable', weight: 100 - share },
      { name: 'canary', weight: share },
    ];
    return await api.ask('PUT', `${CART}/weights`, { body: { backends }, headers: { 'if-match': '*' } });
  };
  const prepared: Readonly<Record<string, readonly (() => Promise<Told>)[]>> = {
    skip: [() => post('start')],
    promote: [() => post('start'), () => post('skip'), () => post('skip')],
    // Set by hand, which pauses; resume goes back to the weight of the step.
    resume: [() => post('start'), () => post('skip'), setTo(10)],
  };
});
