import { describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { callersIn } from '../../functions/canary/steps/callers.ts';
import { runningRelease } from '../../functions/canary/steps/release.ts';
import { releaseTimes } from '../../functions/canary/times.ts';
import { advanced } from '../../functions/canary/transitions/advance-release.ts';
import { abortOf, setWeights } from '../../functions/canary/transitions/change-weights.ts';
import { begin } from '../../functions/canary/transitions/start-release.ts';
import { undoRelease } from '../../functions/canary/transitions/steer-release.ts';
import { proxyIdentity } from '../../functions/identity/proxy-identity.ts';
import { proxyReport } from '../../functions/traffic/proxies/proxy-report.ts';
import { describeProxies } from '../../functions/traffic/proxies/proxy-status.ts';
import { createSeenProxies } from '../../functions/traffic/proxies/seen-proxies.ts';
import { openDiscoveryEntryPoint, routesAt, versionIn } from '../support/discovery-entry-point.ts';
import { awaitingFor, releaseOf } from '../support/releases.ts';
import { toldOf } from '../support/told-figures.ts';
import { releaseManifest } from '../support/use-cases.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const TIMES = releaseTimes(undefined);
const moment = { now: NOW, times: TIMES };
const STRATEGY = { steps: [{ setWeight: 10 }, { setWeight: 50 }] };
const keyOf = (pod: string, namespace = 'shop'): string =>
  proxyIdentity({ cluster: 'local', namespace, serviceAccount: 'default', pod: { name: pod, uid: pod } }).key;

/** The release of a canary, begun; then at its first step, where `callers` sent requests in the baseline. */
function begun(release: Parameters<typeof releaseOf>[0] = {}): Canary {
  const { strategy } = releaseManifest('cart', { strategy: STRATEGY }).spec;
  if (strategy === undefined) throw new Error('it has one');
  return begin(releaseOf({ atRest: true, ...release }), strategy, 'Start', moment);
}
function stepped(callers: readonly string[] | undefined, release: Parameters<typeof releaseOf>[0] = {}): Canary {
  const canary = begun(release);
  const running = runningRelease(canary) ?? expect.fail('it goes on');
  return advanced(canary, running, { move: 'step', to: 0, reason: 'baseline', sentence: '' }, moment, callers);
}

describe('how seldom a sidecar asks while a release goes on', () => {
  const pauseOf = async (canaries: readonly Canary[], pod: string, figures: string, namespace = 'shop') => {
    const entryPoint = openDiscoveryEntryPoint();
    entryPoint.clock.now = NOW;
    entryPoint.store.set(...canaries);
    const token = await entryPoint.token({ namespace, pod: { name: pod, uid: pod } });
    const first = await entryPoint.pacedPoll('routes', routesAt('0123456789abcdef'), token);
    const version = versionIn(first);
    const body = JSON.stringify(routesAt(version)).slice(0, -1);
    const ask = async (told: string): Promise<number> => {
      const answer = await entryPoint.pacedPoll('routes', `${body}${told === '' ? '}' : told}`, token);
      expect(answer.statusCode).toBe(304);
      return Number(answer.headers['x-outrigger-next']);
    };
    const told = figures === 'requests' ? toldOf(['cart'], version, NOW) : figures;
    return { ask, version, next: await ask(told) };
  };
  const SILENT = ',"figures":[{"seq":1795780800000,"version":"0123456789abcdef","counts":{}}]}';
  const CALLERS = [keyOf('web')];

  test.each<[string, readonly Canary[], string, string, isSlow: boolean]>([
    ['one that sent nothing in the baseline, and nothing since', [stepped(CALLERS)], 'cron', SILENT, true],
    ['one that did', [stepped(CALLERS)], 'web', SILENT, false],
    ['one that begins to', [stepped(CALLERS)], 'cron', 'requests', false],
    ['one that does not report', [stepped(CALLERS)], 'cron', '', false],
    ['one that has only begun to count', [stepped(CALLERS)], 'cron', ',"figures":[]}', false],
    ['one whose report is refused', [stepped(CALLERS)], 'cron', SILENT.replace('[', '[{"seq":-1},'), false],
    ['in the baseline', [begun()], 'cron', SILENT, false],
    ['where callers are not told apart', [stepped(undefined)], 'cron', SILENT, false],
    ['a weight that is set by hand', [releaseOf({ weight: 10, awaiting: awaitingFor(1, NOW) })], 'cron', SILENT, false],
    [
      'beside another one that is set by hand',
      [stepped(CALLERS), releaseOf({ service: 'b', weight: 10, awaiting: awaitingFor(1, NOW) })],
      'cron',
      SILENT,
      false,
    ],
    ['beside another one at rest', [stepped(CALLERS), releaseOf({ service: 'b', atRest: true })], 'cron', SILENT, true],
  ])('%s', async (_what, canaries, pod, figures, isSlow) => {
    const { next } = await pauseOf(canaries, pod, figures);
    expect(next > 50).toBe(isSlow);
  });

  test('proxies of a namespace that informs are not told apart', async () => {
    expect((await pauseOf([stepped(CALLERS)], 'cron', SILENT, 'bank')).next).toBe(0);
  });

  test('one that is heard to call is a caller from then on', async () => {
    const { ask, version, next } = await pauseOf([stepped(CALLERS)], 'cron', SILENT);
    expect(next).toBeGreaterThan(50);
    expect(await ask(toldOf(['cart'], version, NOW + 1))).toBe(0);
    expect(await ask(SILENT)).toBe(0);
  });
});

describe('who is waited for', () => {
  const HELD = new Map([['shop/cart', '7']]);
  const OLD = new Map([['shop/cart', '6']]);
  const SINCE = NOW - 10_000;
  const CART = releaseOf({ weight: 20, version: 7, awaiting: awaitingFor(7, SINCE) });
  const ZERO = releaseOf({ weight: 0, version: 7, awaiting: awaitingFor(7, SINCE) });
  const saw = (
    pods: Readonly<Record<string, { isIdle?: boolean; behind?: boolean; ago?: number; namespace?: string }>>,
  ) => {
    const seen = createSeenProxies();
    for (const [pod, { isIdle = false, behind = false, ago = 1_000, namespace = 'shop' }] of Object.entries(pods)) {
      const identity = proxyIdentity({
        cluster: 'local',
        namespace,
        serviceAccount: 'default',
        pod: { name: pod, uid: pod },
      });
      const version = behind ? 'v6' : 'v7';
      seen.note({
        identity,
        version,
        current: version,
        canaries: behind ? OLD : HELD,
        sent: undefined,
        isIdle,
        at: NOW - ago,
      });
    }
    return proxyReport(seen, new Set(['shop/cart']), NOW);
  };

  test('a step is confirmed without those that send nothing; they are listed', () => {
    const report = saw({ web: {}, cron: { isIdle: true, behind: true, ago: 60_000 } });
    const told = describeProxies([report], CART, NOW);
    expect(told).toMatchObject({ seen: 1, converged: 1, lagging: 0, idle: 1, counted: { seen: 1 }, confirmed: true });
    expect(told.items.map(({ name, state }) => [name, state])).toEqual([
      ['web', 'converged'],
      ['cron', 'idle'],
    ]);
  });

  test('one that begins to call is waited for from its next poll on', () => {
    const before = saw({ web: {}, cron: { isIdle: true, behind: true, ago: 60_000 } });
    const since = saw({ cron: { behind: true } });
    for (const reports of [
      [before, since],
      [since, before],
    ]) {
      expect(describeProxies(reports, CART, NOW)).toMatchObject({ seen: 2, lagging: 1, idle: 0, confirmed: false });
    }
  });

  test('where all that count send nothing there is nobody to wait for; others that inform decide nothing', () => {
    const report = saw({
      cron: { isIdle: true, behind: true, ago: 9_000 },
      foreign: { behind: true, namespace: 'bank' },
    });
    expect(describeProxies([report], CART, NOW)).toMatchObject({ idle: 1, confirmed: true });
    const none = saw({ foreign: { behind: true, namespace: 'bank' }, other: { behind: true, namespace: 'market' } });
    expect(describeProxies([none], CART, NOW)).toMatchObject({ idle: 0, confirmed: false });
  });

  test('where the canary loses its share all are waited for', () => {
    const report = saw({ web: {}, cron: { isIdle: true, behind: true, ago: 9_000 } });
    expect(describeProxies([report], ZERO, NOW)).toMatchObject({ seen: 2, lagging: 1, idle: 0, confirmed: false });
  });

  test('and long enough: an abort, an undo and a weight of 0, but no step', () => {
    const canary = stepped([]);
    const waits = ({ status }: Canary): number =>
      Date.parse(status.awaiting?.until ?? '') - Date.parse(status.awaiting?.since ?? '');
    expect(waits(canary)).toBe(TIMES.awaitMs);
    expect(Date.parse(abortOf(canary, moment, undefined).awaitingUntil) - NOW).toBe(TIMES.awaitIdleMs);
    for (const transition of [undoRelease(canary, moment), setWeights(canary, { stable: 100, canary: 0 }, moment)]) {
      expect(transition.allowed && waits(transition.canary)).toBe(TIMES.awaitIdleMs);
    }
    // Where all ask alike, nothing is waited for longer.
    expect(Date.parse(abortOf(stepped(undefined), moment, undefined).awaitingUntil) - NOW).toBe(TIMES.awaitMs);
  });
});

test('callers are told one by one up to 200, and not from sums of many', () => {
  const proxy = (key: string) => ({ key, open: [0, 0, 0, 0], steps: [] }) as const;
  const many = Array.from({ length: 201 }, (_, i) => proxy(keyOf(`web-${i}`)));
  expect(callersIn({ proxies: many.slice(1) })).toHaveLength(200);
  expect(callersIn({ proxies: many })).toBeUndefined();
  expect(callersIn({ proxies: [proxy('B0f')] })).toBeUndefined();
  expect(callersIn({ proxies: [] })).toBeUndefined();
});
