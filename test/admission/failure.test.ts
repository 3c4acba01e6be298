import { describe, expect, test } from 'vitest';
import { respondFailure, respondThrottle } from '../../functions/admission/failure.ts';
import { createRetryOnce } from '../../functions/admission/retry-once.ts';
import { ConfigError, RequestError, TemplateStoreError } from '../../functions/errors.ts';
import { collectLog } from '../support/log-lines.ts';

const STORE = /^outrigger: the template store .*\(TemplateStoreUnavailable\)\n$/;
const INTERNAL = /^outrigger: internal error\n$/;

describe('an error becomes an answer and one line', () => {
  test.each<[what: string, error: unknown, status: number, body: RegExp, line: readonly unknown[]]>([
    [
      'the caller’s mistake',
      new RequestError(405, 'send it by POST', { allow: 'POST' }),
      405,
      /^send it by POST\n$/,
      ['warn', 'request refused', { status: '405', why: 'send it by POST', ms: 7 }],
    ],
    [
      'the store',
      new TemplateStoreError('it is down'),
      500,
      STORE,
      ['error', 'request failed', { error: 'TemplateStoreError', why: 'it is down', ms: 7 }],
    ],
    [
      'the environment',
      new ConfigError('it is incomplete'),
      500,
      STORE,
      ['error', 'request failed', { error: 'ConfigError', why: 'it is incomplete', ms: 7 }],
    ],
    // Its message may hold what a caller wrote.
    [
      'a fault of ours',
      new TypeError('x is no function'),
      500,
      INTERNAL,
      ['error', 'request failed', { error: 'TypeError', ms: 7 }],
    ],
    ['what is no error', 'text', 500, INTERNAL, ['error', 'request failed', { error: 'unknown error', ms: 7 }]],
  ])('%s', (_what, error, status, body, line) => {
    const { log, lines } = collectLog();
    const result = respondFailure(log, error, 7);
    expect(result).toMatchObject({ statusCode: status, body: expect.stringMatching(body) });
    expect(result.headers['allow']).toBe(status === 405 ? 'POST' : undefined);
    expect(lines).toStrictEqual([line]);
  });

  test('a throttle: 503, to be sent again after a second', () => {
    const { log, lines } = collectLog();
    const result = respondThrottle(log, 'u-1', 7);
    expect(result).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });
    expect(lines).toEqual([
      ['warn', 'review to be sent again: the template store is throttled', { uid: 'u-1', ms: 7 }],
    ]);
  });
});

describe('a review is asked for once more', () => {
  const named = (name: string): Error => Object.assign(new Error('x'), { name });
  const THROTTLE = new TemplateStoreError('x', { cause: named('ThrottlingException') });

  test.each<[what: string, error: unknown, timeout: string | undefined, ms: number, isAsked: boolean]>([
    ['after a throttle', THROTTLE, '10s', 0, true],
    ['after a throttle with little time left', THROTTLE, '10s', 9_900, false],
    ['after a throttle with no time given', THROTTLE, undefined, 0, false],
    ['after another failure of the store', new TemplateStoreError('x'), '10s', 0, false],
    ['after a fault of ours', new TypeError('x'), '10s', 0, false],
    ['after what is no error', 'ThrottlingException', '10s', 0, false],
  ])('%s: %s', (_what, error, timeout, ms, isAsked) => {
    expect(createRetryOnce()('u-1', error, timeout, ms)).toBe(isAsked);
  });

  test('once for each, of the last thousand', () => {
    const mayRetry = createRetryOnce();
    const ask = (uid: string): boolean => mayRetry(uid, THROTTLE, '10s', 0);
    expect([ask('a'), ask('a'), ask('b'), ask('b')]).toEqual([true, false, true, false]);
    const fill = (count: number): void => {
      for (let i = 0; i < count; i++) expect(ask(`fill-${i}`)).toBe(true);
    };
    fill(1_022);
    expect(ask('a')).toBe(false);
    // The 1,025th makes room, so that an environment that lives for days forgets.
    expect(ask('c')).toBe(true);
    expect([ask('a'), ask('c')]).toEqual([true, false]);
  });
});
