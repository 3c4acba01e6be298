/** A test that proves a fault: its file in `test/`, and its title or its suite's, `*` for what varies. */
export type Proof = readonly [file: string, title: string];

/** One small change of the product that brings the fault back: `find` stands in `file` exactly once. */
export type Mutation = readonly [file: string, find: string, replace: string];

/** A row of the fault catalogue. */
export interface Fault {
  /** 1 to 100. */
  readonly number: number;
  /** What goes wrong. */
  readonly fault: string;
  /** What the product does then. A0: allowed without a patch; A1: with the right one; D: denied; H4xx: an HTTP error. */
  readonly expected: string;
  /** All of them pass, or the row does not. */
  readonly tests: readonly Proof[];
  /** Makes one of the row's tests fail. */
  readonly mutation?: Mutation;
  /** What the design decides in place of `expected`, in its words; the tests prove that. */
  readonly override?: string;
  /** Why the row cannot be proved yet: it counts neither as passed nor as failed. */
  readonly open?: string;
}

/** The project of vitest that runs a file. */
export function projectOf(file: string): 'unit' | 'real' {
  return file.startsWith('real/') ? 'real' : 'unit';
}

/** A title with its `*` as a regular expression, for a part of a text. */
export function titlePattern(title: string): string {
  return title
    .split('*')
    .map((text) => text.replaceAll(/[.+?^${}()|[\]\\/]/g, '\\$&'))
    .join('.*');
}
