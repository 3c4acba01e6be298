// `npm run mutation -- [--sample N] [--seed N] [--json] [FOLDER|FILE…]`: makes small changes of the product, one at a time, and
// runs the unit tests that reach each. Prints the survivors and the score; by hand only, a mutant takes seconds. Default:
// every mutant of what answers reviews, polls and release requests.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withProjectCopy } from '../support/project-copy.ts';
import { type Mutant, mutantsOf, sampleOf } from './mutants.ts';
import { filesUnder, relatedTests } from './related-tests.ts';
import { type Fate, runMutant, runTests, TESTS_MAX } from './run-mutants.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDERS = [
  'kubernetes',
  'http',
  'identity',
  'injection',
  'admission',
  'canary',
  'table',
  'traffic',
  'releases',
].map((name) => `functions/${name}`);
/** Dozens of test files at once, on a busy machine. */
const UNCHANGED_MS_MAX = 30 * 60_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sample: { type: 'string' }, seed: { type: 'string', default: '1' }, json: { type: 'boolean' } },
});
const whole = (name: string, text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${name} must be a whole number, not ${text}`);
};
const isChosen = (file: string): boolean =>
  positionals.length === 0 ||
  positionals.some((path) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`));
const files = FOLDERS.flatMap((folder) => filesUnder(ROOT, folder)).filter(isChosen);
if (files.length === 0) throw new Error(`no file of ${FOLDERS.join(', ')} is under ${positionals.join(', ')}`);
const all = files.flatMap((file) => mutantsOf(file, readFileSync(join(ROOT, file), 'utf8')));
const size = values.sample === undefined ? all.length : whole('sample', values.sample);
const mutants = sampleOf(all, size, whole('seed', values.seed));
const related = relatedTests(ROOT, FOLDERS);
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const fates: { readonly mutant: Mutant; readonly fate: Fate }[] = [];

await withProjectCopy(ROOT, async (copy) => {
  // All that will be asked: test files that share their modules could fail by each other, which would count as noticed.
  const asked = new Set(mutants.flatMap(({ file }) => related.get(file)?.slice(0, TESTS_MAX) ?? []));
  const before = asked.size === 0 ? 'survived' : await runTests(copy, [...asked], UNCHANGED_MS_MAX);
  if (before === 'killed') throw new Error('the tests fail without a mutant: npm run test:unit shows where');
  if (before === 'timed out') throw new Error('the tests take half an hour without a mutant: the machine is too busy');
  for (const mutant of mutants) {
    const fate = await runMutant(copy, mutant, related.get(mutant.file) ?? []);
    fates.push({ mutant, fate });
    if (values.json !== true && (fate === 'survived' || fate === 'untested')) print(textOf(mutant, fate));
  }
});

const count = (fate: Fate): number => fates.filter((each) => each.fate === fate).length;
const detected = count('killed') + count('timed out');
const score = fates.length === 0 ? 100 : Math.round((detected / fates.length) * 1_000) / 10;
const survivors = fates.filter(({ fate }) => fate === 'survived' || fate === 'untested');
if (values.json === true) print(JSON.stringify({ all: all.length, mutants: fates.length, detected, score, survivors }));
else print(`${detected} of ${fates.length} mutants noticed (${score} %), drawn from ${all.length}`);

function textOf({ file, line, original, replacement }: Mutant, fate: Fate): string {
  const short = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 100);
  return `${fate}: ${file}:${line}: ${short(original)} -> ${short(replacement)}`;
}
