import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';

/** A relative import, `export … from` or `import()`; package names are not followed. */
const IMPORT = /(?:from|import\()\s*'(\.{1,2}\/[^']+\.ts)'/g;
/** They start processes, bundle or draw thousands of cases: minutes, for what the others notice as well. */
const SLOW = /^test\/(real|cli|infra|local|bench|mutation)\/|^test\/(properties|entry-points\/bundle[\w-]*)\.test\.ts$/;
/** They wait for clocks, or press the product for seconds: asked last, about what all others let pass. */
const LATE = /^test\/(faults\/|entry-points\/(mutate-faults|mutate-abridged|abort)\.test\.ts$)/;

/**
 * For each product file the unit tests that reach it by imports: the one of its name first, then those of its folder, then
 * by how many imports lie between; those that take seconds at the end.
 *
 * @param root the folder of the project
 * @param folders where product files are, e.g. `functions/http`
 */
export function relatedTests(root: string, folders: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const imports = new Map<string, readonly string[]>();
  const importsOf = (file: string): readonly string[] => {
    const known = imports.get(file);
    if (known !== undefined) return known;
    const text = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';
    const found = [...text.matchAll(IMPORT)].map(([, path = '']) => normalize(join(dirname(file), path)));
    imports.set(file, found);
    return found;
  };
  const distances = new Map<string, Map<string, number>>();
  for (const test of filesUnder(root, 'test').filter((file) => file.endsWith('.test.ts') && !SLOW.test(file))) {
    for (const [file, distance] of distancesFrom(test, importsOf)) {
      if (!folders.some((folder) => file.startsWith(`${folder}/`))) continue;
      distances.set(file, (distances.get(file) ?? new Map<string, number>()).set(test, distance));
    }
  }
  return new Map([...distances].map(([file, tests]) => [file, ranked(file, tests)]));
}

/** Every file under a folder, by its path from the project's. */
export function filesUnder(root: string, folder: string): readonly string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .sort();
}

function distancesFrom(start: string, importsOf: (file: string) => readonly string[]): ReadonlyMap<string, number> {
  const found = new Map([[start, 0]]);
  // A map hands out what is added to it meanwhile, in order: a search in breadth.
  for (const [file, distance] of found) {
    for (const next of importsOf(file)) if (!found.has(next)) found.set(next, distance + 1);
  }
  return found;
}

function ranked(file: string, tests: ReadonlyMap<string, number>): readonly string[] {
  const name = basename(file, '.ts');
  const folder = `test/${file.split('/')[1]}/`;
  const rank = (test: string): number => {
    const isOwn = basename(test, '.test.ts') === name;
    return (
      (tests.get(test) ?? 0) + (LATE.test(test) ? 200 : 0) - (isOwn ? 100 : 0) - (test.startsWith(folder) ? 50 : 0)
    );
  };
  return [...tests.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
