import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ENTRY_POINTS, GROUND, GROUND_IMPORTS, MODULES } from './modules.ts';
import { arrowsBetween, circlesIn, ROOT, reachableFrom, type SourceFile, sourceFiles } from './source-files.ts';

const LINES_MAX = 150;
const FILES_MAX = 20;
/** Files over the limit. Split one and take it out; the list never grows. */
const LONG_FILES: readonly string[] = ['functions/admission/serve.ts'];
const functions = sourceFiles('functions');
const infra = sourceFiles('infra');

/** The floor of a file: it may import what stands on its own floor or below. */
function floorOf(path: string): number {
  const [, module = '', file] = path.split('/');
  if (file !== undefined) return MODULES.indexOf(module as never) + 1;
  const name = module.replace(/\.ts$/, '');
  return GROUND.includes(name as never) ? GROUND_IMPORTS.length + 0.5 : MODULES.length + 1;
}

/** A sub-folder, or a file that stands directly in its module. */
function placeOf(path: string): string {
  const parts = path.split('/');
  return parts.length > 3 ? parts.slice(0, 3).join('/') : path;
}

const upwardIn = (files: readonly SourceFile[]): string[] =>
  files.flatMap(({ path, imports }) =>
    imports.filter((imported) => floorOf(imported) > floorOf(path)).map((imported) => `${path} -> ${imported}`),
  );

describe('modules of functions/', () => {
  test('every folder is a module of the list, and every other file is ground or an entry point', () => {
    const entries = readdirSync(join(ROOT, 'functions'), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name.replace(/\.ts$/, ''));
    expect(folders.toSorted()).toEqual([...MODULES].toSorted());
    expect(files.toSorted()).toEqual([...GROUND, ...ENTRY_POINTS].toSorted());
  });

  test('no import runs up', () => {
    expect(upwardIn(functions)).toEqual([]);
    const upward = { path: 'functions/json/check.ts', text: '', imports: ['functions/http/event.ts'] };
    expect(upwardIn([upward])).toEqual(['functions/json/check.ts -> functions/http/event.ts']);
  });

  test('the use cases of a release reach no HTTP, over any number of imports', () => {
    const arrows = arrowsBetween(functions, (path) => path);
    const reached = functions
      .filter(({ path }) => path.startsWith('functions/releases/'))
      .flatMap(({ path }) => [...reachableFrom(arrows, path)]);
    expect(reached).toContain('functions/canary/transitions/transition.ts');
    expect(reached.filter((path) => /^functions\/(http|release-api)\//.test(path))).toEqual([]);
  });

  test('functions/ imports nothing of infra/ or test/', () => {
    const imported = functions.flatMap(({ imports }) => imports);
    expect(imported.filter((path) => !path.startsWith('functions/'))).toEqual([]);
  });
});

describe('circles', () => {
  test.each([
    ['functions/', functions],
    ['infra/', infra],
  ])('no circle among the folders and files of %s', (_, files) => {
    expect(circlesIn(arrowsBetween(files, placeOf))).toEqual([]);
  });

  test('a circle is found', () => {
    const arrows = new Map([
      ['a', new Set(['b'])],
      ['b', new Set(['c'])],
      ['c', new Set(['b'])],
    ]);
    expect(circlesIn(arrows)).toEqual([['b', 'c']]);
  });
});

describe('size', () => {
  const long = [...functions, ...infra].filter(({ text }) => text.trimEnd().split('\n').length > LINES_MAX);

  test(`a file has at most ${LINES_MAX} lines`, () => {
    expect(long.map(({ path }) => path).filter((path) => !LONG_FILES.includes(path))).toEqual([]);
  });

  test('the list of longer files names none that is short by now', () => {
    const paths = long.map(({ path }) => path);
    expect(LONG_FILES.filter((path) => !paths.includes(path))).toEqual([]);
  });

  test(`a folder has at most ${FILES_MAX} files`, () => {
    const counts = Object.entries(
      Object.groupBy([...functions, ...infra], ({ path }) => path.slice(0, path.lastIndexOf('/'))),
    );
    expect(counts.filter(([, files = []]) => files.length > FILES_MAX).map(([folder]) => folder)).toEqual([]);
  });
});

test('the layout in docs/architecture.md has a line for every folder of functions/ and infra/', () => {
  const page = readFileSync(join(ROOT, 'docs', 'architecture.md'), 'utf8');
  const layout = /^## Layout$([\s\S]*?)^## |^## Layout$([\s\S]*)/m.exec(page)?.[0] ?? '';
  const folders = ['functions', 'infra'].flatMap((top) =>
    readdirSync(join(ROOT, top), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name),
  );
  expect(folders.length).toBeGreaterThan(15);
  expect(folders.filter((name) => !new RegExp(`^ +${name}/ `, 'm').test(layout))).toEqual([]);
});
