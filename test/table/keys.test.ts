import { describe, expect, test } from 'vitest';
import { CanaryStoreError } from '../../functions/errors.ts';
import {
  answerKey,
  auditKey,
  auditPrefix,
  canaryKey,
  claimKey,
  headKey,
  namesIn,
  proxyPartitionsOf,
  proxyReportKey,
  spreadProxyReportKey,
} from '../../functions/table/keys.ts';
import { auditOf, canaryOf } from '../support/stored-canaries.ts';

const KEY = { cluster: 'prod', namespace: 'shop', name: 'cart' };

test.each([
  ['head', headKey('prod'), 'head'],
  ['canary', canaryKey(KEY), 'canary#shop#cart'],
  ['claim', claimKey('prod', 'shop', { name: 'cart', port: 8080 }), 'claim#shop#cart#8080'],
  ['audit', auditKey(KEY, auditOf(canaryOf()), 't'), 'audit#shop#cart#2026-01-01T00:00:01.000Z#0000000000000001#t'],
  ['answer', answerKey('prod', { caller: 'arn:aws:iam::0:role/ci', key: 'k' }), 'idem#arn:aws:iam::0:role/ci#k'],
])('%s: readable, in the partition of its Kubernetes cluster', (_, key, sort) => {
  expect(key).toEqual({ partition: 'C#prod', sort });
});

test('in DynamoDB the reports of environments are spread over partitions, all of which are read', () => {
  const environments = Array.from({ length: 500 }, (_, i) => `env-${i}`);
  const used = environments.map((environment) => spreadProxyReportKey('prod', environment).partition);
  const all = ['F#prod#0', 'F#prod#1', 'F#prod#2', 'F#prod#3', 'F#prod#4', 'F#prod#5', 'F#prod#6', 'F#prod#7'];
  expect([...new Set(used)].toSorted()).toEqual(all);
  for (const partition of all) expect(used.filter((one) => one === partition).length).toBeGreaterThan(30);
  expect(spreadProxyReportKey('prod', 'env-1')).toEqual(spreadProxyReportKey('prod', 'env-1'));
  // The last is where a version before it wrote.
  expect(proxyPartitionsOf('prod')).toEqual([...all, 'F#prod']);
  // No other cluster's name leads there.
  expect(proxyPartitionsOf('prod#1')).not.toContain('F#prod#1');
});

test('a proxy report has a partition apart, the only one that `discovery` may write to', () => {
  expect(proxyReportKey('prod', 'env-1')).toEqual({ partition: 'F#prod', sort: 'fleet#env-1' });
});

describe('no two things share a key', () => {
  const names = ['a', 'a#b', 'b', '#', 'a%23b', 'a%', '%', 'b#c', 'c', ''];
  test('and a canary’s key says whose it is', () => {
    for (const namespace of names) {
      for (const name of names)
        expect(namesIn(canaryKey({ ...KEY, namespace, name }).sort)).toEqual({ namespace, name });
    }
  });

  test('whatever their names hold', () => {
    const pairs = names.flatMap((namespace) => names.map((name) => ({ cluster: 'prod', namespace, name })));
    expect(new Set(pairs.map((key) => canaryKey(key).sort)).size).toBe(pairs.length);
    const prefixes = pairs.map(auditPrefix);
    for (const [i, prefix] of prefixes.entries()) {
      expect(prefixes.findIndex((other) => other.startsWith(prefix))).toBe(i);
    }
  });
});

test('audit entries sort by time, whatever the versions are', () => {
  const at = (second: number, version: number): string =>
    auditKey(KEY, auditOf(canaryOf({ version }), { second }), 'f').sort;
  expect([at(3, 1), at(1, 9), at(2, 10), at(2, 9)].sort()).toEqual([at(1, 9), at(2, 9), at(2, 10), at(3, 1)]);
});

test('a key that DynamoDB would not take is refused', () => {
  expect(() => answerKey('prod', { caller: 'ci', key: 'ä'.repeat(600) })).toThrow(CanaryStoreError);
});
