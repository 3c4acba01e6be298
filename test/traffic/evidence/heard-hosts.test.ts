import { expect, test } from 'vitest';
import { createHostsMemory } from '../../../functions/traffic/evidence/heard-hosts.ts';

const NOW = Date.parse('2026-11-22T12:00:00.000Z');
const hosts = (healthy: number) => ({ stable: { healthy: 2, total: 2 }, canary: { healthy, total: 2 } });

test('news is what differs from what the proxy found before; of a new one from what was heard last', () => {
  const memory = createHostsMemory();
  const note = (key: string, healthy: number, isCounted = true): boolean =>
    memory.note('shop/cart/8080/r1', { key, isCounted }, hosts(healthy), NOW);
  expect([note('a', 1), note('a', 1), note('a', 2)]).toEqual([true, false, true]);
  expect([note('b', 1), note('c', 1), note('c', 2)]).toEqual([true, false, true]);
  // Who informs is compared with those that inform.
  expect([note('x', 2, false), note('y', 2, false)]).toEqual([true, false]);
});

test('four proxies that count and one that informs are told of a target', () => {
  const memory = createHostsMemory();
  for (const key of ['a', 'b', 'c', 'd', 'e']) memory.note('t', { key, isCounted: true }, hosts(1), NOW);
  for (const key of ['x', 'y']) memory.note('t', { key, isCounted: false }, hosts(1), NOW - 1_000);
  const [[, heard] = ['', []]] = memory.row(NOW).targets;
  expect(heard.map(([key, counts, secondsAgo]) => [key, counts, secondsAgo])).toEqual([
    ['b', 1, 0],
    ['c', 1, 0],
    ['d', 1, 0],
    ['e', 1, 0],
    ['y', 0, 1],
  ]);
  expect(memory.row(NOW + 600_000).targets).toEqual([]);
});
