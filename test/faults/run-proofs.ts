import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type Proof, projectOf, titlePattern } from './fault.ts';

/** What became of one test. */
export interface Ran {
  /** In `test/`. */
  readonly file: string;
  /** The titles of its suites, outermost first, and its own. */
  readonly titles: readonly string[];
  readonly status: 'passed' | 'failed' | 'skipped';
  /** The first line of what it says; undefined unless it failed. */
  readonly message?: string;
}

interface Assertion {
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: string;
  readonly failureMessages?: readonly string[];
}
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly Assertion[];
  }[];
}

/**
 * Runs the tests of some proofs and no others, one run of vitest per project.
 *
 * @param root the folder of the project, or a copy of it
 * @returns every test that was named and found; a file that does not load is one failed test without titles
 * @throws Error where vitest leaves no report
 */
export async function runProofs(root: string, proofs: readonly Proof[]): Promise<readonly Ran[]> {
  const ran: Ran[] = [];
  for (const project of ['unit', 'real'] as const) {
    const mine = proofs.filter(([file]) => projectOf(file) === project);
    if (mine.length > 0) ran.push(...(await runProject(root, project, mine)));
  }
  return ran;
}

async function runProject(root: string, project: string, proofs: readonly Proof[]): Promise<readonly Ran[]> {
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-faults-'));
  try {
    const report = join(folder, 'report.json');
    const said = await vitest(root, [
      ...['run', '--project', project, '--reporter', 'json', '--outputFile', report],
      ...['-t', [...new Set(proofs.map(([, title]) => titlePattern(title)))].join('|')],
      ...new Set(proofs.map(([file]) => `test/${file}`)),
    ]);
    const text = await readFile(report, 'utf8').catch((cause: unknown) => {
      throw new Error(`vitest left no report of project ${project}: ${said.slice(-2_000)}`, { cause });
    });
    const { testResults }: Report = JSON.parse(text);
    return testResults.flatMap((file) => ranIn(relative(join(root, 'test'), file.name), file));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Answers what was printed; that tests fail is no error here. */
async function vitest(root: string, args: readonly string[]): Promise<string> {
  const bin = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  return await new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], { cwd: root, maxBuffer: 1 << 28 }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}

function ranIn(file: string, result: Report['testResults'][number]): readonly Ran[] {
  if (result.assertionResults.length === 0 && result.status === 'failed') {
    return [{ file, titles: [], status: 'failed', message: firstLine(result.message) }];
  }
  return result.assertionResults.map(({ ancestorTitles, title, status, failureMessages }) => {
    const titles = [...ancestorTitles, title];
    if (status === 'failed') return { file, titles, status, message: firstLine(failureMessages?.[0]) };
    return { file, titles, status: status === 'passed' ? 'passed' : 'skipped' };
  });
}

function firstLine(text = 'it says nothing'): string {
  return stripVTControlCharacters(text.split('\n')[0] ?? '').slice(0, 300);
}
