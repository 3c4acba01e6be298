import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Mutant, mutated } from './mutants.ts';

/** What became of a mutant: `untested` where no test reaches its file. */
export type Fate = 'killed' | 'timed out' | 'survived' | 'untested';

/** The nearest tests find most; the rest are asked about what these let pass. */
const NEAR = 4;
/** All that are asked: those further away meet a file by chance. */
export const TESTS_MAX = 24;
/** Ten times what the nearest tests take on two busy cores. */
const RUN_MS_MAX = 180_000;

/**
 * Puts a mutant into a copy of the project and runs the tests that reach it, the nearest first.
 *
 * @param tests from the folder of the project, the nearest first
 */
export async function runMutant(copy: string, mutant: Mutant, tests: readonly string[]): Promise<Fate> {
  if (tests.length === 0) return 'untested';
  const file = join(copy, mutant.file);
  const text = await readFile(file, 'utf8');
  await writeFile(file, mutated(text, mutant));
  try {
    for (const wave of [tests.slice(0, NEAR), tests.slice(NEAR, TESTS_MAX)]) {
      const fate = wave.length === 0 ? 'survived' : await runTests(copy, wave);
      if (fate !== 'survived') return fate;
    }
    return 'survived';
  } finally {
    await writeFile(file, text);
  }
}

/**
 * Runs test files in one process of vitest, up to the first failure. The files share their modules: what these import is
 * compiled and run once, which is most of the time that a mutant costs.
 */
export async function runTests(
  copy: string,
  tests: readonly string[],
  msMax = RUN_MS_MAX,
): Promise<Exclude<Fate, 'untested'>> {
  const bin = join(copy, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [bin, 'run', '--project', 'unit', '--no-isolate', '--bail', '1', '--reporter', 'dot', ...tests];
  // A process group of its own: a mutant may never come to an end, and its workers end with it.
  const child = spawn(process.execPath, args, { cwd: copy, stdio: 'ignore', detached: true });
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      resolve('timed out');
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, msMax);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code === 0 ? 'survived' : 'killed');
    });
  });
}
