import { type Fault, type Proof, titlePattern } from './fault.ts';
import type { Ran } from './run-proofs.ts';

/** A row as `npm run faults` shows it. */
export interface JudgedRow {
  readonly number: number;
  readonly fault: string;
  readonly expected: string;
  readonly status: 'passed' | 'overridden' | 'failed' | 'open';
  /** What the tests saw, or why there is nothing to see. */
  readonly seen: string;
  /** The design's words, where they decide otherwise than `expected`. */
  readonly override?: string;
}

/** Judges a row by what its tests did; a proof without a test that ran and passed fails the row. */
export function judge(row: Fault, ran: readonly Ran[]): JudgedRow {
  const { number, fault, expected, override, open } = row;
  const shown = { number, fault, expected, ...(override === undefined ? {} : { override }) };
  const trouble = row.tests.flatMap((proof) => troubleOf(proof, ran))[0];
  if (trouble !== undefined) return { ...shown, status: 'failed', seen: trouble };
  if (open !== undefined) return { ...shown, status: 'open', seen: open };
  if (row.tests.length === 0) return { ...shown, status: 'failed', seen: 'no test proves it' };
  const count = row.tests.flatMap((proof) => testsOf(proof, ran)).length;
  const where = [...new Set(row.tests.map(([file]) => file))].join(', ');
  const seen = `${count} ${count === 1 ? 'test passes' : 'tests pass'}: ${where}`;
  return { ...shown, status: override === undefined ? 'passed' : 'overridden', seen };
}

function testsOf([file, title]: Proof, ran: readonly Ran[]): readonly Ran[] {
  const pattern = new RegExp(`^${titlePattern(title)}$`, 's');
  return ran.filter((test) => test.file === file && test.titles.some((each) => pattern.test(each)));
}

/** Why a proof does not hold; empty where it does. */
function troubleOf(proof: Proof, ran: readonly Ran[]): readonly string[] {
  const [file, title] = proof;
  const where = `${file} "${title}"`;
  const broken = ran.find((test) => test.file === file && test.titles.length === 0);
  if (broken !== undefined) return [`${file} does not load: ${broken.message}`];
  const tests = testsOf(proof, ran);
  if (tests.length === 0) return [`no test has this title: ${where}`];
  const failed = tests.find(({ status }) => status === 'failed');
  if (failed !== undefined) return [`${where}: ${failed.titles.at(-1)}: ${failed.message}`];
  const skipped = tests.find(({ status }) => status === 'skipped');
  return skipped === undefined ? [] : [`not run here: ${where} (${skipped.titles[0]})`];
}
