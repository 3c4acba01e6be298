import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CATALOGUE } from './catalogue.ts';
import type { Fault } from './fault.ts';
import { judge } from './judge.ts';
import type { Ran } from './run-proofs.ts';
import { hasTitle } from './titles.ts';

const TESTS = join(import.meta.dirname, '..');
/** What cannot be proved yet; each row says why. */
const OPEN: readonly number[] = [];

test('every fault has its row', () => {
  expect(CATALOGUE.map(({ number }) => number)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
});

test('every row has tests, or says why it has none yet', () => {
  expect(CATALOGUE.filter(({ tests, open }) => tests.length === 0 && open === undefined)).toEqual([]);
  expect(CATALOGUE.filter(({ open }) => open !== undefined).map(({ number }) => number)).toEqual(OPEN);
});

test.each(CATALOGUE)('fault $number: its tests stand where the catalogue says', ({ tests }) => {
  for (const [file] of tests) expect(existsSync(join(TESTS, file)), file).toBe(true);
  expect(tests.filter((proof) => !hasTitle(proof))).toEqual([]);
});

test('every mutation changes one place of the product', () => {
  const root = join(TESTS, '..');
  const places = CATALOGUE.flatMap(({ number, mutation }) => {
    if (mutation === undefined) return [];
    const [file, find] = mutation;
    return [`fault ${number}: ${file} ${readFileSync(join(root, file), 'utf8').split(find).length - 1}`];
  });
  expect(places.filter((place) => !place.endsWith(' 1'))).toEqual([]);
  expect(places.length).toBeGreaterThan(90);
});

test('who overrides the catalogue names the paragraph of the design, and its words', () => {
  const overrides = CATALOGUE.flatMap(({ override }) => override ?? []);
  expect(overrides.filter((text) => !/^design §\d: ".+"/.test(text))).toEqual([]);
});

test('no test is renamed, moved or removed unseen', () => {
  expect(hasTitle(['entry-points/mutate.test.ts', '*: 405'])).toBe(true);
  expect(hasTitle(['entry-points/mutate.test.ts', 'a method that nobody tests'])).toBe(false);
});

const drills = readdirSync(import.meta.dirname).filter((name) => name.endsWith('-drills.test.ts'));
test.each(drills)('every number in the titles of %s is one that the catalogue leads to it', (name) => {
  const text = readFileSync(join(import.meta.dirname, name), 'utf8');
  const titles = text.matchAll(/\((\d+(?:, \d+)*)\)'|'fault (\d+):/g);
  const titled = [...titles].flatMap(([, numbers, number = '']) => numbers?.split(', ') ?? [number]);
  expect(titled.length).toBeGreaterThan(0);
  for (const number of titled) {
    const { tests = [] } = CATALOGUE.find((fault) => fault.number === Number(number)) ?? {};
    expect(
      tests.map(([file]) => file),
      number,
    ).toContain(`faults/${name}`);
  }
});

describe('a row is judged by what its tests did', () => {
  const row: Fault = { number: 1, fault: 'f', expected: 'e', tests: [['a.test.ts', 'suite *']] };
  const ran = (status: Ran['status'], title = 'suite one'): Ran => ({
    ...{ file: 'a.test.ts', titles: [title, 'case'], status },
    ...(status === 'failed' ? { message: 'expected 1 to be 2' } : {}),
  });

  test.each<[what: string, row: Fault, ran: readonly Ran[], status: string, seen: string]>([
    ['all pass', row, [ran('passed'), ran('passed', 'suite two')], 'passed', '2 tests pass: a.test.ts'],
    [
      'the design decides otherwise',
      { ...row, override: 'o' },
      [ran('passed')],
      'overridden',
      '1 test passes: a.test.ts',
    ],
    ['one fails', row, [ran('passed'), ran('failed')], 'failed', 'a.test.ts "suite *": case: expected 1 to be 2'],
    [
      'an override fails',
      { ...row, override: 'o' },
      [ran('failed')],
      'failed',
      'a.test.ts "suite *": case: expected 1 to be 2',
    ],
    ['one cannot run here', row, [ran('skipped')], 'failed', 'not run here: a.test.ts "suite *" (suite one)'],
    ['the title is gone', row, [ran('passed', 'a suite')], 'failed', 'no test has this title: a.test.ts "suite *"'],
    [
      'the file does not load',
      row,
      [{ file: 'a.test.ts', titles: [], status: 'failed', message: 'm' }],
      'failed',
      'a.test.ts does not load: m',
    ],
    ['it has no test', { ...row, tests: [] }, [], 'failed', 'no test proves it'],
    ['it is open', { ...row, open: 'not yet' }, [ran('passed')], 'open', 'not yet'],
    ['it is open and fails', { ...row, open: 'not yet' }, [], 'failed', 'no test has this title: a.test.ts "suite *"'],
  ])('%s', (_what, fault, tests, status, seen) => {
    expect(judge(fault, tests)).toMatchObject({ number: 1, fault: 'f', expected: 'e', status, seen });
  });
});
