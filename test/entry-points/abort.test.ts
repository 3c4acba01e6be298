import { describe, expect, test } from 'vitest';
import type { CanaryStore } from '../../functions/canary/store.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { RELEASE_READ_MS } from '../../functions/limits.ts';
import { manifestOf } from '../support/canaries.ts';
import {
  CANARIES,
  openReleaseEntryPoint,
  type ReleaseEntryPoint,
  releaseEvent,
  WHO,
} from '../support/release-entry-point.ts';
import { recordOf } from '../support/values.ts';

const PATH = `${CANARIES}/cart`;
const SHORT = CANARIES.replace('/clusters/local', '');

/** an entry point with one canary, and the function `abort` beside it. */
async function opened(more: Parameters<typeof openReleaseEntryPoint>[0] = {}): Promise<ReleaseEntryPoint> {
  const entryPoint = openReleaseEntryPoint(more);
  expect(await entryPoint.ask('PUT', PATH, { body: manifestOf() })).toMatchObject({ status: 201 });
  return entryPoint;
}

describe('the function abort', () => {
  test.each([`${PATH}/abort`, `${SHORT}/cart/abort`])('aborts by %s', async (path) => {
    const entryPoint = await opened();
    const { statusCode, headers, body } = await entryPoint.abort(
      releaseEvent('POST', path, { body: { reason: 'errors' } }),
    );
    expect([statusCode, headers['etag']]).toEqual([200, expect.any(String)]);
    expect(JSON.parse(body)).toMatchObject({ status: { phase: 'Failed', weights: { stable: 100, canary: 0 } } });
    expect(entryPoint.lines.join()).toContain(`"verb":"abort","who":"${WHO}"`);
    // The release API shows what it did, and aborts itself where an old route still leads an abort there.
    expect(await entryPoint.ask('GET', PATH)).toMatchObject({ status: 200, body: { status: { phase: 'Failed' } } });
    expect(await entryPoint.ask('POST', `${PATH}/abort`)).toMatchObject({ status: 200 });
  });

  test.each<[method: string, path: string, ask: object, code: number, reason: string]>([
    ['POST', `${PATH}/abort`, { who: null }, 403, 'Forbidden'],
    ['GET', `${PATH}/abort`, {}, 405, 'MethodNotAllowed'],
    ['POST', `${CANARIES}/other/abort`, {}, 404, 'NotFound'],
    ['POST', `${PATH}/retry`, {}, 404, 'NotFound'],
    ['DELETE', PATH, {}, 404, 'NotFound'],
    ['GET', CANARIES, {}, 404, 'NotFound'],
    ['GET', '/healthz', {}, 404, 'NotFound'],
    ['POST', `${CANARIES}/..%2f/abort`, {}, 400, 'BadRequest'],
    ['POST', `${PATH}/abort`, { body: '{' }, 400, 'BadRequest'],
  ])('%s %s %j: %i', async (method, path, ask, code, reason) => {
    const entryPoint = await opened();
    const { statusCode, body } = await entryPoint.abort(releaseEvent(method, path, ask));
    expect([statusCode, recordOf(JSON.parse(body))['reason']]).toEqual([code, reason]);
    expect(await entryPoint.ask('GET', PATH)).toMatchObject({
      status: 200,
      body: { status: { phase: 'Initializing' } },
    });
  });

  test('needs no record of the cluster, as long as the path names it', async () => {
    const { store } = await opened();
    const entryPoint = openReleaseEntryPoint({ store, snapshot: [] });
    expect(await entryPoint.abort(releaseEvent('POST', `${PATH}/abort`))).toMatchObject({ statusCode: 200 });
  });

  test.each([undefined, null, {}, { Records: [] }])('an event of another kind, %j: an answer', async (event) => {
    expect((await openReleaseEntryPoint().abort(event)).statusCode).toBe(400);
  });
});

describe('a store that is throttled', () => {
  /** A store whose reads of lists hang until their signal ends them, as one does that is tried again all the time. */
  function throttled(from: CanaryStore): { store: CanaryStore; isThrottled: (is: boolean) => void } {
    let isOn = false;
    const hang = async (signal: AbortSignal): Promise<never> =>
      await new Promise((_, reject) => {
        const end = (): void => reject(new CanaryStoreError('the store cannot be reached', { cause: signal.reason }));
        signal.addEventListener('abort', end);
      });
    const isThrottled = (is: boolean): void => {
      isOn = is;
    };
    const store: CanaryStore = {
      ...from,
      listCanaries: async (cluster, signal) => (isOn ? await hang(signal) : await from.listCanaries(cluster, signal)),
      listAudit: async (key, limit, signal) => (isOn ? await hang(signal) : await from.listAudit(key, limit, signal)),
    };
    return { store, isThrottled };
  }

  test('five readers are sent away in time, each with a Status, and an abort beside them is done', async () => {
    const { store: plain } = await opened();
    const { store, isThrottled } = throttled(plain);
    const entryPoint = openReleaseEntryPoint({ store });
    isThrottled(true);
    const started = performance.now();
    const paths = [CANARIES, CANARIES, SHORT, `${PATH}/history`, `${PATH}/preview`];
    const traffic = paths.map((path) => entryPoint.ask('GET', path));
    const abort = await entryPoint.abort(releaseEvent('POST', `${PATH}/abort`));
    const [abortedAfter, reads] = [performance.now() - started, await Promise.all(traffic)];
    expect(abort.statusCode).toBe(200);
    // Neither waits for the other: the slots of one function are nothing to the other (test/infra).
    expect(abortedAfter).toBeLessThan(RELEASE_READ_MS);
    for (const { status, headers, body } of reads.slice(0, 4)) {
      expect([status, headers['retry-after']]).toEqual([503, '1']);
      expect(body).toMatchObject({ kind: 'Status', reason: 'ServiceUnavailable', details: { retryAfterSeconds: 1 } });
      expect(body['message']).toMatch(/ask again/);
    }
    // The old bound was 8 s.
    expect(performance.now() - started).toBeLessThan(3 * RELEASE_READ_MS);
    isThrottled(false);
    expect(await entryPoint.ask('GET', PATH)).toMatchObject({ status: 200, body: { status: { phase: 'Failed' } } });
  });

  test('a read ends in time also where a store is deaf to its signal', async () => {
    const { store: plain } = await opened();
    const entryPoint = openReleaseEntryPoint({ store: { ...plain, listCanaries: () => new Promise(() => {}) } });
    expect(await entryPoint.ask('GET', CANARIES)).toMatchObject({
      status: 503,
      body: { message: `the stores did not answer within ${RELEASE_READ_MS} ms; ask again in a moment` },
    });
  });
});
