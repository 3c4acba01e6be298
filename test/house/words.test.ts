import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, sourceFiles } from './source-files.ts';

/** Words that stop a reader, and what to write. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['anew', 'again'],
  ['mend', 'fix'],
  ['mends', 'fixes'],
  ['mended', 'fixed'],
  ['nobody', 'no caller, no proxy, no operator; or turn the sentence round'],
  ['somebody', 'a caller, another writer, a person'],
  ['whoever', 'the caller, the author'],
]);

function refusedIn(path: string, text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, i) =>
      [...line.matchAll(/[A-Za-z]+/g)]
        .filter(([word]) => REFUSED.has(word.toLowerCase()))
        .map(([word]) => `${path}:${i + 1}: ${word}: write ${REFUSED.get(word.toLowerCase())}`),
    );
}

test('the product and its documentation are in plain words', () => {
  const pages = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`);
  const texts = [...pages, 'README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'test/README.md'].map((path) => ({
    path,
    text: readFileSync(join(ROOT, path), 'utf8'),
  }));
  const all = [...sourceFiles('functions'), ...sourceFiles('infra'), ...texts];
  expect(all.flatMap(({ path, text }) => refusedIn(path, text))).toEqual([]);
});

test('a refused word is found, with the line that it stands in', () => {
  expect(refusedIn('a.ts', 'good\n// Nobody waits.')).toEqual([
    'a.ts:2: Nobody: write no caller, no proxy, no operator; or turn the sentence round',
  ]);
});
