import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ENTRY_POINTS, MODULES } from './modules.ts';
import { type Arrows, arrowsBetween, ROOT, reachableFrom, sourceFiles } from './source-files.ts';

const FILE = join(ROOT, 'docs', 'architecture.md');
const files = sourceFiles('functions');
const arrowsOfFiles = arrowsBetween(files, (path) => path);

/** Modules that an entry point reaches, as a Mermaid chart. An arrow that a longer way repeats is left out. */
function pictureOf(entryPoint: string): string {
  const start = `functions/${entryPoint}.ts`;
  const reached = new Set([start, ...reachableFrom(arrowsOfFiles, start)]);
  const within = files.filter(({ path }) => reached.has(path));
  const arrows = arrowsBetween(within, moduleOf);
  const lines = [...arrows].flatMap(([from, to]) =>
    [...to]
      .filter((name) => isShown(name) && isShown(from) && !isRepeated(arrows, from, name))
      .map((name) => [from, name]),
  );
  const ordered = lines.toSorted(([a = '', b = ''], [c = '', d = '']) => rank(c) - rank(a) || rank(d) - rank(b));
  return ['```mermaid', 'flowchart TD', ...ordered.map(([from, to]) => `  ${from} --> ${to}`), '```'].join('\n');
}

function moduleOf(path: string): string {
  const [, module = '', file] = path.split('/');
  return file === undefined ? module : `${module}/`;
}

/** Ground files and checked JSON are used everywhere: their arrows would hide the others. */
function isShown(name: string): boolean {
  return name !== 'json/' && (name.endsWith('/') || ENTRY_POINTS.some((entryPoint) => name === `${entryPoint}.ts`));
}

function isRepeated(arrows: Arrows, from: string, to: string): boolean {
  return [...(arrows.get(from) ?? [])].some((other) => other !== to && reachableFrom(arrows, other).has(to));
}

function rank(name: string): number {
  return name.endsWith('/') ? MODULES.indexOf(name.slice(0, -1) as never) : MODULES.length;
}

test('docs/architecture.md shows what each entry point imports; UPDATE_GOLDEN=1 draws it again', () => {
  const text = readFileSync(FILE, 'utf8');
  const drawn = ENTRY_POINTS.reduce(
    (page, entryPoint) =>
      page.replace(
        new RegExp(`(<!-- imports of ${entryPoint} -->\\n)[\\s\\S]*?(\\n<!-- end -->)`),
        (_, before: string, after: string) => `${before}${pictureOf(entryPoint)}${after}`,
      ),
    text,
  );
  expect(ENTRY_POINTS.filter((entryPoint) => !text.includes(`<!-- imports of ${entryPoint} -->`))).toEqual([]);
  if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(FILE, drawn);
  else expect(text).toBe(drawn);
});
