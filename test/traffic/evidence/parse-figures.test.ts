import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FIGURES_CHARACTERS_MAX, parseFigures } from '../../../functions/traffic/evidence/parse/parse-figures.ts';
import { parseHosts } from '../../../functions/traffic/evidence/parse/parse-hosts.ts';
import { type Poll, readPoll } from '../../../functions/traffic/poll.ts';

const VERSION = '0123456789abcdef';
const CART = 'shop/cart/8080/r1';

const report = (counts: object, more: object = {}): string =>
  JSON.stringify([{ seq: 1_764_500_000_000, version: VERSION, counts, ...more }]);
const pollOf = (more: string): Poll => {
  const poll = readPoll(`{"version_info":"${VERSION}","resource_names":["outbound"]${more}}`);
  if (!poll.valid) throw new Error('the poll is refused');
  return poll.value;
};

test('what the sidecar writes is read: both tracks, the aggregate and its own Pods, times in any order', () => {
  const { reports, refused } = parseFigures(
    report({
      [`${CART}|stable.upstream_rq_2xx`]: 90,
      [`${CART}|stable.upstream_rq_completed`]: 90,
      [`${CART}|stable-only.upstream_rq_total`]: 90,
      [`${CART}|canary.upstream_rq_2xx`]: 8,
      [`${CART}|canary.upstream_rq_5xx`]: 3,
      [`${CART}|canary.upstream_rq_completed`]: 11,
      [`${CART}|canary.upstream_rq_retry`]: 2,
      [`${CART}|canary.upstream_rq_time`]: '15:7 1.1e+02:3 0:1',
      [`${CART}|canary.grpc.failure`]: 4,
      [`${CART}|canary.grpc.success`]: 7,
      [`${CART}|canary-only.upstream_rq_total`]: 9,
      [`${CART}|canary-only.upstream_rq_pending_failure_eject`]: 2,
      [`${CART}|canary-only.upstream_cx_destroy_remote_with_active_rq`]: 1,
      [`${CART}|canary-only.upstream_cx_destroy_local_with_active_rq`]: 1,
      [`${CART}|canary-only.upstream_rq_rx_reset`]: 5,
    }),
  );
  expect(refused).toBe(0);
  const [{ seq, version, isAgain, targets } = { targets: new Map() }] = reports;
  expect({ seq, version, isAgain }).toEqual({ seq: 1_764_500_000_000, version: VERSION, isAgain: false });
  expect(Object.fromEntries(targets)).toEqual({
    [CART]: {
      stable: { responses: 90, errors: 0, grpcFailures: 0, cut: 0, left: 0, balance: 0, latency: new Map() },
      canary: {
        ...{ responses: 11, errors: 3, grpcFailures: 4, cut: 1, left: 1, balance: 2 },
        latency: new Map([
          [15, 7],
          [110, 3],
          [0, 1],
        ]),
      },
    },
  });
});

describe('a report that cannot be is refused whole, and the others of its poll are not', () => {
  const count = `${CART}|canary.upstream_rq_completed`;
  const classes = `${CART}|canary.upstream_rq_2xx`;
  const time = `${CART}|canary.upstream_rq_time`;
  test.each<[string, object, object?]>([
    ['a negative count', { [count]: -1 }],
    ['a fraction', { [count]: 0.5 }],
    ['10^15', { [count]: 1e15 }],
    ['a count that is a text', { [count]: '5' }],
    ['more classes than responses', { [count]: 100, [classes]: 200 }],
    ['classes without a response', { [classes]: 100 }],
    ['no histogram', { [time]: 5 }],
    ['a histogram that is no list', { [time]: '15' }],
    ['a bucket twice', { [time]: '15:1 15:2' }],
    ['a bucket of nothing', { [time]: '15:0' }],
    ['a bound without end', { [time]: '1e+99:1' }],
    ['a bucket of 10^10', { [time]: '15:9999999999' }],
    ['a key of no form', { __proto__: null, constructor: 1 }],
    ['a prototype', { ['__proto__']: 1 }],
    ['a key with a target of no form', { 'Shop/cart/8080/r1|canary.upstream_rq_total': 1 }],
    ['no counts', {}, { counts: [] }],
    ['a version of no form', { [count]: 1 }, { version: 'x' }],
    ['a seq that is no whole number', { [count]: 1 }, { seq: 1.5 }],
    ['a seq of 0', { [count]: 1 }, { seq: 0 }],
    ['a seq past 2^53', { [count]: 1 }, { seq: 2 ** 60 }],
  ])('%s', (_, counts, more) => {
    const good = report({ [count]: 1 }).slice(1, -1);
    const { reports, refused } = parseFigures(`[${report(counts, more).slice(1, -1)},${good}]`);
    expect([refused, reports.length]).toEqual([1, 1]);
  });

  test('counters that are read one after another may differ by what is answered meanwhile', () => {
    expect(parseFigures(report({ [count]: 100, [classes]: 110 })).refused).toBe(0);
  });
});

describe('times of responses', () => {
  const latencyOf = (text: string, track = 'canary'): ReadonlyMap<number, number> | undefined =>
    parseFigures(report({ [`${CART}|${track}.upstream_rq_time`]: text })).reports[0]?.targets.get(CART)?.canary.latency;

  test('a bound is the number that JavaScript reads, however it is written', () => {
    const texts = fc.oneof(
      fc.integer({ min: 0, max: 999_999_999 }).map(String),
      fc.tuple(fc.nat(999_999), fc.stringMatching(/^\d{1,8}$/)).map(([whole, part]) => `${whole}.${part}`),
      fc.tuple(fc.nat(9), fc.stringMatching(/^\d{1,3}$/), fc.nat(7)).map(([a, b, e]) => `${a}.${b}e+0${e}`),
      fc.stringMatching(/^[\d.e+ :]{0,22}$/),
    );
    const BOUND = /^\d[\d.]{0,15}(?:e\+?\d{1,2})?$/;
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 1_000_000_000 }), (text, count) => {
        const [only] = BOUND.test(text) && Number(text) <= 1e9 ? [new Map([[Number(text), count]])] : [];
        // A text with more than one bucket in it is not of this test.
        if (!text.includes(':')) expect(latencyOf(`${text}:${count}`)).toEqual(only);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each<[string, string]>([
    ['nothing', ''],
    ['no colon', '15'],
    ['no bound', ':1'],
    ['no count', '15:'],
    ['a negative bound', '-1:1'],
    ['a negative count', '1:-1'],
    ['a space at the end', '15:1 '],
    ['two spaces', '15:1  16:1'],
    ['a comma between buckets', '15:1,16:1'],
    ['a count of eleven digits', '15:00000000001'],
    ['a bound of two dots', '1.2.3:1'],
    ['more than eleven days', '1000000001:1'],
    ['701 buckets', Array.from({ length: 701 }, (_, i) => `${i}:1`).join(' ')],
  ])('%s refuses the report', (_, text) => {
    expect(latencyOf(text)).toBeUndefined();
    // Times of its own Pods alone are checked alike, and not kept.
    expect(latencyOf(text, 'canary-only')).toBeUndefined();
  });

  test('those of its own Pods alone are the aggregate’s too', () => {
    expect(latencyOf('15:1', 'canary-only')).toEqual(new Map());
    expect(latencyOf(Array.from({ length: 700 }, (_, i) => `${i}:1`).join(' '))?.size).toBe(700);
  });
});

test.each<[string, string]>([
  ['a target of 64 characters', `${'a'.repeat(64)}/cart/8080/r1|canary.upstream_rq_2xx`],
  ['a statistic of no form', `${CART}|canary.upstream-rq`],
  ['a statistic of 65 characters', `${CART}|canary.${'a'.repeat(65)}`],
  ['a third track', `${CART}|other.upstream_rq_2xx`],
  ['no bar', CART],
  ['more than 256 characters', `${CART}|${'|'.repeat(240)}canary.upstream_rq_2xx`],
])('a key with %s refuses its report, however often it comes', (_, key) => {
  const counts = { [`${CART}|canary.upstream_rq_completed`]: 1, [key]: 1 };
  for (let i = 0; i < 3; i++) expect(parseFigures(report(counts)).refused).toBe(1);
});

test('keys that many Pods make up cost a poll nothing but time', () => {
  for (let i = 0; i < 5_000; i++) parseFigures(report({ [`a/b/80/r${i}|canary.upstream_rq_retry`]: 1 }));
  const [first] = parseFigures(report({ [`${CART}|canary.upstream_rq_retry`]: 3 })).reports;
  expect(first?.targets.get(CART)?.canary.balance).toBe(3);
});

describe('a poll is answered whatever its figures are', () => {
  test.each<[string, string]>([
    ['no JSON', '[x]'],
    ['an object', '{}'],
    ['a number', '7'],
    ['more than 16 KB', `[${'1,'.repeat(FIGURES_CHARACTERS_MAX / 2)}1]`],
    ['129 reports', `[${'1,'.repeat(128)}1]`],
  ])('%s', (_, figures) => {
    const poll = pollOf(`,"figures":${figures}`);
    expect(poll).toMatchObject({ version: VERSION, figures: { reports: [] } });
    expect(poll.figures?.refused).toBeGreaterThan(0);
  });

  test('an empty list says that nothing was counted; no field, that the proxy does not report', () => {
    expect(pollOf(',"figures":[]').figures).toEqual({ reports: [], refused: 0 });
    expect('figures' in pollOf('')).toBe(false);
  });

  test('nothing of them reaches a plain object', () => {
    pollOf(
      `,"figures":[{"seq":1,"version":"${VERSION}","counts":{"__proto__":{"polluted":1}}}],"hosts":{"__proto__":1}`,
    );
    expect('polluted' in {}).toBe(false);
  });
});

describe('hosts', () => {
  const hosts = (counts: object): unknown =>
    Object.fromEntries(pollOf(`,"hosts":${JSON.stringify(counts)}`).hosts ?? []);
  const four = (target: string, [sh, st, ch, ct]: readonly number[]): object => ({
    [`${target}|stable-only.healthy`]: sh,
    [`${target}|stable-only.total`]: st,
    [`${target}|canary-only.healthy`]: ch,
    [`${target}|canary-only.total`]: ct,
  });

  test('of both tracks, by target', () => {
    expect(hosts(four(CART, [3, 4, 0, 0]))).toEqual({
      [CART]: { stable: { healthy: 3, total: 4 }, canary: { healthy: 0, total: 0 } },
    });
  });

  test.each<[string, object]>([
    ['more healthy ones than there are', four(CART, [3, 2, 0, 0])],
    ['a negative number', four(CART, [1, 1, -1, 0])],
    ['one track alone', { [`${CART}|stable-only.healthy`]: 1, [`${CART}|stable-only.total`]: 1 }],
    ['another form', { 'shop/cart|stable-only.healthy': 1 }],
  ])('%s is left out', (_, counts) => {
    expect(hosts({ ...counts, ...four('shop/pay/80/r1', [1, 1, 1, 1]) })).toEqual({
      'shop/pay/80/r1': { stable: { healthy: 1, total: 1 }, canary: { healthy: 1, total: 1 } },
    });
  });

  test('at most twenty targets', () => {
    const many = Array.from({ length: 25 }, (_, i) => four(`a/b/${i}/r1`, [1, 1, 1, 1]));
    expect(parseHosts(JSON.stringify(Object.assign({}, ...many))).size).toBe(20);
  });
});
