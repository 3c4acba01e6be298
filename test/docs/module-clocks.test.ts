import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { moduleClocks } from '../support/module-clocks.ts';

const TESTS = join(import.meta.dirname, '..');
const FILES = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .sort();

test('no clock starts while a file of the tests is loaded: set-up may take longer than what it bounds', () => {
  const early = FILES.flatMap((name) =>
    moduleClocks(name, readFileSync(join(TESTS, name), 'utf8')).map((clock) => `${name}:${clock}`),
  );
  expect(FILES.length).toBeGreaterThan(100);
  expect(early).toEqual([]);
});

test.each([
  ['const signal = AbortSignal.timeout(600_000);', ['1: AbortSignal.timeout(600_000)']],
  ['const signal = () => AbortSignal.timeout(600_000);', []],
  ["test('t', () => void setTimeout(f, 5));", []],
  ["describe('s', () => {\n  const started = Date.now();\n});", ['2: Date.now()']],
  ["describe.each([1])('s', () => void performance.now());", ['1: performance.now()']],
  ["await describeReal('s', why, () => {\n  beforeAll(() => AbortSignal.timeout(5));\n});", []],
  ['const at = (() => new Date())();', ['1: new Date()']],
  ["const at = new Date('2026-11-22T10:00:00Z');", []],
  ['class Bed {\n  at = Date.now();\n  static first = process.hrtime.bigint();\n}', ['3: process.hrtime.bigint()']],
] as const)('%j', (text, clocks) => {
  expect(moduleClocks('a.ts', text)).toEqual(clocks);
});
