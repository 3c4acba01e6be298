import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const TESTS = join(import.meta.dirname, '..');
const LAST = 100;
/** No part of this version can meet them; the README says why. */
const NONE_YET = [94];

/** A row of README.md: the number of a fault, and where it is met. */
interface Fault {
  readonly number: number;
  readonly covers: readonly { readonly file: string; readonly words: string }[];
}

const FAULTS: readonly Fault[] = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, number, where = ''] = /^\| (\d+) \| [^|]+ \| (.+) \|$/.exec(line) ?? [];
    return number === undefined ? [] : [{ number: Number(number), covers: where.split('; ').map(coverOf) }];
  });

function coverOf(text: string): { file: string; words: string } {
  const end = text.indexOf(': ');
  return { file: text.slice(0, end), words: text.slice(end + 2) };
}

test('every fault has its row', () => {
  const all = Array.from({ length: LAST }, (_, i) => i + 1);
  expect(FAULTS.map((fault) => fault.number)).toEqual(all.filter((number) => !NONE_YET.includes(number)));
});

test.each(FAULTS)('fault $number is still met where the catalogue says', ({ covers }) => {
  for (const { file, words } of covers) {
    expect(words).toMatch(/^.{3,}$/);
    expect(readFileSync(join(TESTS, file), 'utf8'), file).toContain(words);
  }
});

const drills = readdirSync(import.meta.dirname).filter((name) => name.endsWith('-drills.test.ts'));
test.each(drills)('every number in the titles of %s is one that the catalogue leads to it', (name) => {
  const text = readFileSync(join(import.meta.dirname, name), 'utf8');
  const titles = text.matchAll(/\((\d+(?:, \d+)*)\)'|'fault (\d+):/g);
  const titled = [...titles].flatMap(([, numbers, number = '']) => numbers?.split(', ') ?? [number]);
  expect(titled.length).toBeGreaterThan(0);
  for (const number of titled) {
    const { covers = [] } = FAULTS.find((fault) => fault.number === Number(number)) ?? {};
    expect(
      covers.map(({ file }) => file),
      number,
    ).toContain(`faults/${name}`);
  }
});
