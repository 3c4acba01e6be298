import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withProjectCopy } from '../support/project-copy.ts';
import type { Fault } from './fault.ts';
import { judge } from './judge.ts';
import { runProofs } from './run-proofs.ts';

/** What became of a row's mutation. */
export interface Mutated {
  readonly number: number;
  readonly killed: boolean;
  /** What the row's tests said, or why there is no answer. */
  readonly seen: string;
}

/**
 * Applies the mutation of each row in a copy of the project, one after the other, and runs the row's tests there.
 *
 * @param report takes each result as it comes
 */
export async function mutateRows(
  root: string,
  rows: readonly Fault[],
  report: (result: Mutated) => void,
): Promise<void> {
  await withProjectCopy(root, async (copy) => {
    for (const row of rows) report({ number: row.number, ...(await mutateRow(copy, row)) });
  });
}

async function mutateRow(copy: string, row: Fault): Promise<Omit<Mutated, 'number'>> {
  if (row.mutation === undefined) return { killed: false, seen: 'it has no mutation' };
  const [name, find, replace] = row.mutation;
  const file = join(copy, name);
  const text = await readFile(file, 'utf8');
  const found = text.split(find).length - 1;
  if (found !== 1) return { killed: false, seen: `${name} has its text ${found} times; it takes one` };
  await writeFile(
    file,
    text.replace(find, () => replace),
  );
  try {
    const { status, seen } = judge(row, await runProofs(copy, row.tests));
    return { killed: status === 'failed' && !seen.startsWith('not run'), seen };
  } finally {
    await writeFile(file, text);
  }
}
