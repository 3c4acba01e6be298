import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { otherPorts } from '../../functions/template/parameter/other-ports.ts';
import { askForMesh, meshed } from '../support/mesh-pod.ts';
import { at } from '../support/values.ts';

test.each([
  ['', '1-65535'],
  ['80', '1-79,81-65535'],
  ['443,80', '1-79,81-442,444-65535'],
  ['80,80,81', '1-79,82-65535'],
  ['1,3,65535', '2,4-65534'],
])('all ports but %j: %s', (list, ranges) => {
  expect(otherPorts(list)).toBe(ranges);
});

test('every port is in the list or in the ranges, never in both', () => {
  const ports = fc.array(fc.integer({ min: 1, max: 65_535 }), { maxLength: 64 });
  fc.assert(
    fc.property(ports, fc.integer({ min: 1, max: 65_535 }), (list, port) => {
      const isOther = otherPorts(list.join(','))
        .split(',')
        .map((range) => range.split('-').map(Number))
        .some(([from = 0, to = from]) => from <= port && port <= to);
      expect(isOther).toBe(!list.includes(port));
    }),
  );
});

test.each([
  [80],
  [null],
  ['80-90'],
  ['1-65535'],
  ['80, 443'],
  ['65536'],
  [Array(65).fill('80').join()],
])('%j is no portList', (list) => {
  expect(() => otherPorts(list)).toThrow('otherPorts takes a portList such as 80,443');
});

describe('the envoy template', () => {
  const record = { discovery: { host: 'xds.example.com' } };
  const ignored = async (parameters: Readonly<Record<string, string>>): Promise<unknown[]> => {
    const args = at(await meshed({ record, parameters }), 'spec', 'initContainers', 0, 'args');
    return (Array.isArray(args) ? args : []).filter((arg) => String(arg).startsWith('--outbound-ports-to-ignore='));
  };

  test('redirects only the outbound ports that a Pod names, without those that it skips', async () => {
    expect(await ignored({})).toEqual([]);
    expect(await ignored({ 'only-outbound-ports': '8080,80', 'skip-outbound-ports': '80' })).toEqual([
      '--outbound-ports-to-ignore=1-79,81-8079,8081-65535',
      '--outbound-ports-to-ignore=80',
    ]);
  });

  test('refuses what is no list of ports', async () => {
    const outcome = await askForMesh({ record, parameters: { 'only-outbound-ports': '80-90' } });
    expect(outcome).toMatchObject({ verdict: 'deny', reason: 'InvalidParameter' });
  });
});
