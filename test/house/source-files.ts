import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import ts from 'typescript';

/** The project's root. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** A source file of the project and what it imports. */
export interface SourceFile {
  /** From the project's root, e.g. `functions/http/event.ts`. */
  readonly path: string;
  readonly text: string;
  /** Project files that it imports, types included; paths from the root. */
  readonly imports: readonly string[];
}

/** Every TypeScript file below a folder of the project, in the order of its paths. */
export function sourceFiles(folder: string): readonly SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name).split(sep).join('/'))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .sort()
    .map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8');
      const { importedFiles } = ts.preProcessFile(text, true, true);
      const imports = importedFiles
        .filter(({ fileName }) => fileName.startsWith('.'))
        .map(({ fileName }) =>
          normalize(join(dirname(path), fileName))
            .split(sep)
            .join('/'),
        );
      return { path, text, imports };
    });
}

/** Arrows from a name to the names that it leads to. */
export type Arrows = ReadonlyMap<string, ReadonlySet<string>>;

/** Arrows between the places of files, without those from a place to itself. */
export function arrowsBetween(files: readonly SourceFile[], placeOf: (path: string) => string): Arrows {
  const arrows = new Map<string, Set<string>>();
  for (const { path, imports } of files) {
    const from = placeOf(path);
    const to = arrows.get(from) ?? new Set();
    for (const imported of imports) if (placeOf(imported) !== from) to.add(placeOf(imported));
    arrows.set(from, to);
  }
  return arrows;
}

/** Names that lead back to themselves, one list for each circle. */
export function circlesIn(arrows: Arrows): readonly (readonly string[])[] {
  const reach = new Map([...arrows.keys()].map((name) => [name, reachableFrom(arrows, name)]));
  const inCircle = [...arrows.keys()].filter((name) => reach.get(name)?.has(name));
  const circles = new Map(
    inCircle.map((name) => {
      const circle = inCircle.filter((other) => reach.get(name)?.has(other) && reach.get(other)?.has(name)).sort();
      return [circle.join(), circle];
    }),
  );
  return [...circles.values()];
}

/** Every name that arrows lead to from a name, over any number of steps. */
export function reachableFrom(arrows: Arrows, start: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const next = [...(arrows.get(start) ?? [])];
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    next.push(...(arrows.get(name) ?? []));
  }
  return reached;
}
