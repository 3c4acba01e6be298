import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CLUSTER_NAME, EKS_CLUSTER_NAME } from '../../functions/cluster-name.ts';
import { mutatePath, readMutatePath } from '../../functions/http/mutate-path.ts';

test('what a webhook is registered with is read again', () => {
  const cluster = fc.stringMatching(CLUSTER_NAME);
  const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}\.[A-Za-z0-9_-]{1,20}\.[A-Za-z0-9_-]{1,20}$/);
  fc.assert(
    fc.property(cluster, token, (cluster, token) => {
      expect(readMutatePath(mutatePath(cluster, token))).toEqual({ cluster, token });
    }),
  );
});

test.each([
  '/v1/mutate/',
  '/v1/mutate/a',
  '/v1/mutate/a/',
  '/v1/mutate//t',
  '/v1/mutate/a/t/',
  '/v1/mutate/a/t\n',
  '/v1/mutate/a\n/t',
  '/v1/mutate/-a/t',
  '/v1/mutate/a b/t',
  '/v1/mutate/a/%74',
  `/v1/mutate/${'a'.repeat(101)}/t`,
  '/V1/mutate/a/t',
  '/x/v1/mutate/a/t',
  '',
])('%j is no such path', (path) => {
  expect(readMutatePath(path)).toBeUndefined();
});

test('a name that EKS allows can stand in a path', () => {
  fc.assert(
    fc.property(fc.stringMatching(EKS_CLUSTER_NAME), (name) => {
      expect(name).toMatch(CLUSTER_NAME);
    }),
  );
});
