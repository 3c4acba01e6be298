import { expect, test } from 'vitest';
import { proxyIdentity } from '../../functions/identity/proxy-identity.ts';

const BASE = { cluster: 'local', namespace: 'shop', serviceAccount: 'default' };

test.each([
  ['of a Pod', { name: 'web-0', uid: 'u1' }, 'ea95543b116a'],
  ['of the next Pod of that name', { name: 'web-0', uid: 'u2' }, 'f6e781619c02'],
])('the key of a proxy is the first 48 bits of SHA-256, %s', (_whose, pod, key) => {
  // Functions of two versions sum one fleet up: they must call a proxy alike.
  expect(proxyIdentity({ ...BASE, pod }).key).toBe(key);
  expect(proxyIdentity({ ...BASE, serviceAccount: 'other', pod }).key).toBe(key);
});

test('a token made for no Pod stands for its ServiceAccount', () => {
  expect(proxyIdentity(BASE).key).toBe('f2f5533b54fa');
});
