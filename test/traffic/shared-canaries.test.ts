import { expect, test } from 'vitest';
import { createSharedCanaries } from '../../functions/traffic/proxies/shared-canaries.ts';

const mapOf = (version: number, name = 'cart') => new Map([[`shop/${name}`, String(version)]]);

test('equal maps are kept once, and others are what they are', () => {
  const shared = createSharedCanaries();
  const first = mapOf(1);
  expect(shared(first)).toBe(first);
  expect(shared(mapOf(1))).toBe(first);
  for (const other of [
    mapOf(2),
    mapOf(1, 'pay'),
    new Map([...mapOf(1), ...mapOf(1, 'pay')]),
    new Map<string, string>(),
  ]) {
    expect(shared(other)).toBe(other);
  }
  expect(shared(first)).toBe(first);
  expect(shared(mapOf(1))).toBe(first);
});

test('the newest 64 are compared with', () => {
  const shared = createSharedCanaries();
  const all = Array.from({ length: 65 }, (_, i) => shared(mapOf(i)));
  expect(shared(mapOf(1))).toBe(all[1]);
  expect(shared(mapOf(64))).toBe(all[64]);
  expect(shared(mapOf(0))).not.toBe(all[0]);
});
