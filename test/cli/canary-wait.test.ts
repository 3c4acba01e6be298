import { once } from 'node:events';
import http from 'node:http';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Canary, CanaryCondition, CanaryPhase, Release } from '../../functions/canary/canary.ts';
import { conditionsOf } from '../../functions/canary/conditions.ts';
import type { ReleaseApi } from '../../infra/cli/canary/connection.ts';
import { LostError, send, UnreachableError } from '../../infra/cli/canary/http.ts';
import { ServerError } from '../../infra/cli/canary/server-error.ts';
import { readAim, readTimeout } from '../../infra/cli/canary/wait/aim.ts';
import { reach } from '../../infra/cli/canary/wait/reach.ts';
import { portOf } from '../real/support/loopback-app.ts';
import { canaryOf } from '../support/canaries.ts';
import { outrigger } from '../support/outrigger.ts';
import { releaseAt, TIME } from '../support/release-status.ts';

const KEY = { namespace: 'shop', name: 'cart' };
/** No time passes between looks. */
const PACE = { lookMs: 0, withinMs: 200 };

/** What the API does at each look; at the last one again and again. */
type Shown = Canary | Error | 'silent';
let looks = 0;
let proxies: readonly Pick<CanaryCondition, 'type' | 'status'>[] | undefined;
beforeEach(() => {
  [looks, proxies] = [0, []];
});

/** How a wait for something ends, while the API shows these in turn: with no sentence when it is so. */
async function waits(shown: readonly Shown[], wanted: string, timeoutMs = 60_000): Promise<string | undefined> {
  const api: ReleaseApi = {
    ask: async ({ path, signal }) => {
      if (path.endsWith('/proxies')) {
        if (proxies === undefined) throw new ServerError(404, 'Error from server (NotFound)', 'NotFound');
        return { status: 200, headers: {}, text: JSON.stringify({ conditions: proxies }) };
      }
      const found = shown[Math.min(looks++, shown.length - 1)];
      if (found === 'silent') {
        if (signal?.aborted === false) await once(signal, 'abort');
        throw new LostError('no answer came');
      }
      if (found instanceof Error) throw found;
      return { status: 200, headers: {}, text: JSON.stringify(found) };
    },
  };
  return await reach(api, KEY, readAim(wanted), { wanted, timeoutMs }, PACE).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

const at = (phase: CanaryPhase, release?: Partial<Release>, why?: string): Canary => {
  const status = { phase, conditions: conditionsOf(phase, [], 1, TIME, why) };
  const canary = canaryOf({ status });
  return release === undefined ? canary : { ...canary, status: { ...canary.status, release: releaseAt(release) } };
};
const away = new UnreachableError('cannot connect');

describe('a wait', () => {
  test.each<[wanted: string, first: Canary, then: Canary]>([
    ['promoted', at('Progressing', {}), at('Succeeded', { state: 'Promoted', currentStepIndex: 2 })],
    ['condition=Promoted', at('WaitingPromotion'), at('Succeeded')],
    ['condition=promoted=FALSE', at('Progressing', {}), at('Failed', { state: 'Aborted' })],
    ['condition=Ready=False', at('Initialized'), at('Terminating')],
    ['phase=WaitingPromotion', at('Progressing', {}), at('WaitingPromotion', { state: 'WaitingPromotion' })],
    ['phase=Failed', at('Progressing', {}), at('Failed', { state: 'Aborted' })],
  ])('for %s goes on until it is so', async (wanted, first, then) => {
    expect(await waits([first, first, then], wanted)).toBeUndefined();
    expect(looks).toBe(3);
  });

  test('for a condition of the proxies asks for it', async () => {
    const confirmed = async (): Promise<string | undefined> =>
      await waits([at('Progressing')], 'condition=Confirmed', 0);
    proxies = [{ type: 'Confirmed', status: 'True' }];
    expect(await confirmed()).toBeUndefined();
    proxies = [{ type: 'Confirmed', status: 'False' }];
    expect(await confirmed()).toMatch(/^timed out /);
    // A deployment that serves no proxies.
    proxies = undefined;
    expect(await confirmed()).toMatch(/^timed out /);
  });

  test('whose time is over says where the release is', async () => {
    const started = performance.now();
    expect(await waits([at('Progressing', { currentStepIndex: 1 })], 'promoted', 50)).toBe(
      'timed out waiting for promoted on canary "cart": it is Progressing, Progressing at step 2/2',
    );
    expect(performance.now() - started).toBeGreaterThan(45);
    looks = 0;
    expect(await waits([at('Initialized')], 'promoted', 0)).toBe(
      'timed out waiting for promoted on canary "cart": it is Initialized',
    );
    expect(looks).toBe(1);
  });

  test.each<[what: string, shown: Shown[], end: string]>([
    ['it has failed', [at('Failed', { state: 'Aborted' }, 'aborted: p99\u001b[2J')], 'it has failed: aborted: p99 [2J'],
    ['it fails', [at('Progressing', {}), at('Failed', {}, '3x bad')], 'it has failed: 3x bad'],
    ['it is deleted', [at('Progressing', {}), at('Terminating')], 'it is being deleted'],
    [
      'its release is undone',
      [at('Progressing', {}), at('Initialized', { state: 'Undone' })],
      'its release is over: Undone',
    ],
  ])('ends at once when %s', async (_, shown, end) => {
    expect(await waits(shown, 'promoted')).toBe(`canary "cart" will not be promoted: ${end}`);
  });

  test('knows of a release that was undone before that another one may start', async () => {
    const before = at('Initialized', { state: 'Undone' });
    expect(await waits([before, before, at('Succeeded', { state: 'Promoted' })], 'promoted')).toBeUndefined();
  });

  test('goes on while the endpoint is away, but not where it never was there, or refuses', async () => {
    const progressing = at('Progressing', {});
    expect(await waits([progressing, away, new ServerError(503, 'busy'), at('Succeeded')], 'promoted')).toBeUndefined();
    looks = 0;
    expect(await waits([away], 'promoted')).toBe('cannot connect');
    looks = 0;
    const gone = new ServerError(404, 'Error from server (NotFound)', 'NotFound');
    expect(await waits([progressing, gone], 'promoted')).toBe('Error from server (NotFound)');
  });

  test('gives up an endpoint that takes requests and does not respond', async () => {
    expect(await waits([at('Progressing', {}), 'silent'], 'promoted', 100)).toMatch(/^timed out waiting for promoted/);
    looks = 0;
    expect(await waits(['silent'], 'promoted', 0)).toBe('no answer came');
  });
});

describe('outrigger canary wait', () => {
  test.each([
    '--for=condition',
    '--for=condition=',
    '--for=phase=Done',
    '--for=phase=toString',
    '--for=delete',
    '--for=promoted --timeout=soon',
    '--for=promoted --timeout=-1s',
    '--for=promoted --timeout=501h',
    '--for=promoted --timeout=',
  ])('refuses %s before it asks', async (line) => {
    const args = line.split(' ');
    const { code, stderr } = await outrigger(['canary', 'wait', 'cart', ...args, '--url', 'http://127.0.0.1:1']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: --(for|timeout) .* is (none of promoted, condition=NAME|no time such as 90s)/);
  });

  test.each([
    ['0', 0],
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['500h', 1_800_000_000],
  ])('takes a timeout of %s', (text, ms) => {
    expect(readTimeout(text)).toBe(ms);
  });

  test('ends a request whose time is over', async () => {
    const server = http.createServer(() => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const asked = { method: 'GET', url: new URL(`http://127.0.0.1:${portOf(server)}`), headers: {} };
    await expect(send({ ...asked, signal: AbortSignal.timeout(20) })).rejects.toThrow(LostError);
    server.closeAllConnections();
    server.close();
  });
});
