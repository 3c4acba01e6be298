import { describe, expect, test } from 'vitest';
import { type Answer, NoAnswerError } from '../../functions/http/http-client.ts';
import { tried } from '../../functions/http/retry.ts';

const coded = (code: string): NoAnswerError => new NoAnswerError(Object.assign(new Error('x'), { code }));
const answered = (status: number, retryAfter?: string): Answer => ({
  status,
  headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
  text: '',
});

/** Asks a server that answers like this, one after the other, the last for ever; and how long was waited. */
async function asked(script: readonly (Answer | Error)[], signal = new AbortController().signal) {
  const waits: number[] = [];
  let calls = 0;
  const outcome = await tried(
    async () => {
      const next = script[Math.min(calls++, script.length - 1)];
      if (next instanceof Error) throw next;
      return next ?? answered(0);
    },
    signal,
    async (ms) => void waits.push(ms),
  );
  return { outcome, calls, waits };
}

describe('what may pass is asked four times in all, each time after twice as long', () => {
  test.each<[what: string, first: Answer | Error]>([
    ...[429, 502, 503, 504].map((status): [string, Answer] => [String(status), answered(status)]),
    ['a date to come back at', answered(503, 'Sun, 22 Nov 2026 12:00:00 GMT')],
    ...['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'EAI_AGAIN', 'ETIMEDOUT', 'ABORT_ERR'].map((code): [string, Error] => [
      code,
      coded(code),
    ]),
  ])('%s', async (_what, first) => {
    expect(await asked([first])).toMatchObject({ calls: 4, waits: [250, 500, 1_000], outcome: { tries: 4 } });
    const good = answered(200);
    expect(await asked([first, good])).toMatchObject({ waits: [250], outcome: { tries: 2, answer: good } });
  });
});

describe('what is final is asked once', () => {
  test.each<[what: string, first: Answer | Error]>([
    ...[200, 302, 401, 404, 499, 500, 501].map((status): [string, Answer] => [String(status), answered(status)]),
    ['a good answer that names a time', answered(200, '1')],
    ['a refusal that names a time', answered(499, '1')],
    ...['ENOTFOUND', 'TOO_LARGE', 'CERT_HAS_EXPIRED'].map((code): [string, Error] => [code, coded(code)]),
  ])('%s', async (_what, first) => {
    const expected = first instanceof Error ? { error: first } : { answer: first };
    expect(await asked([first])).toMatchObject({ calls: 1, waits: [], outcome: { tries: 1, ...expected } });
  });
});

test.each<[retryAfter: string, waits: readonly number[]]>([
  ['0', [0, 0, 0]],
  ['1', [1_000, 1_000, 1_000]],
  ['5', [5_000, 5_000, 5_000]],
  ['60', [5_000, 5_000, 5_000]],
  ['-1', [250, 500, 1_000]],
])('a 500 that asks to come back after %s s is asked again then, within five', async (retryAfter, waits) => {
  expect(await asked([answered(500, retryAfter)])).toMatchObject({ calls: 4, waits });
});

test('nothing is asked again once the time is up, be it before or while it waits', async () => {
  expect(await asked([coded('ABORT_ERR')], AbortSignal.abort())).toMatchObject({ calls: 1, waits: [] });
  expect(await asked([coded('ECONNRESET')], AbortSignal.abort())).toMatchObject({ calls: 1, waits: [] });
  const controller = new AbortController();
  const failure = coded('ECONNRESET');
  const outcome = await tried(
    async () => Promise.reject(failure),
    controller.signal,
    async () => {
      throw new Error('aborted');
    },
  );
  expect(outcome).toEqual({ tries: 1, error: failure });
});

test('without a wait of its own it waits by the clock, and stops with the signal', async () => {
  let calls = 0;
  const controller = new AbortController();
  const flaky = async (): Promise<Answer> => {
    calls++;
    if (calls === 2) controller.abort();
    return answered(500, '0.01');
  };
  expect(await tried(flaky, controller.signal)).toMatchObject({ tries: 2 });
  const begun = performance.now();
  const stopping = async (): Promise<Answer> => answered(503, '5');
  expect(await tried(stopping, AbortSignal.timeout(20))).toMatchObject({ tries: 1 });
  expect(performance.now() - begun).toBeLessThan(4_000);
});

test('an error that is no lack of an answer passes through', async () => {
  await expect(asked([new TypeError('a fault of ours')])).rejects.toThrow('a fault of ours');
});
