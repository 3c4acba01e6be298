import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { codeOf, UsageError } from './errors.ts';

/** The endings of manifests in a folder, as kubectl takes them. */
const ENDINGS = /\.(?:json|yaml|yml)$/;
/** A shell leaves these in a word that is in quotes, or that fits no file. */
const PATTERN = /[*?[]/;

/**
 * The files that `-f` names, in their order: a folder stands for the manifests that lie in it (not in folders below it),
 * `*`, `?` and `[…]` for the files that fit, each by name; `-` stays standard input.
 *
 * Throws UsageError for a folder without manifests, a pattern that fits no file, and standard input that is named twice.
 */
export async function filesOf(paths: readonly string[]): Promise<readonly string[]> {
  const files = (await Promise.all(paths.map(expand))).flat();
  if (files.filter((file) => file === '-').length > 1) throw new UsageError('standard input can be read only once');
  return files;
}

async function expand(path: string): Promise<readonly string[]> {
  if (path === '-') return [path];
  const found = await stat(path).catch((error: unknown) => {
    // What is no file is a pattern, or is reported when it is read.
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found?.isDirectory()) return await manifestsIn(path);
  if (found !== undefined || !PATTERN.test(path)) return [path];
  // Node 22 has it first.
  const { glob } = await import('node:fs/promises');
  const fitting: string[] = [];
  for await (const file of glob(path)) if (!(await stat(file)).isDirectory()) fitting.push(file);
  if (fitting.length === 0) throw new UsageError(`no file fits ${path}`);
  return fitting.toSorted();
}

async function manifestsIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => !entry.isDirectory() && ENDINGS.test(entry.name)).map(({ name }) => name);
  if (names.length === 0) throw new UsageError(`folder ${folder} holds no .yaml, .yml or .json file`);
  return names.toSorted().map((name) => join(folder, name));
}

/** Parses `-f` of a command that reads one file: without it commander would take the last of several, and drop the others. */
export function onlyFile(file: string, before: string | undefined): string {
  if (before !== undefined) throw new InvalidArgumentError('it is named twice; this command reads one file.');
  return file;
}
