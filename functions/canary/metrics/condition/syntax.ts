/** An operator between two values, as Argo Rollouts' conditions write it. */
export type BinaryOperator = '||' | '&&' | '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | '+' | '-' | '*' | '/' | '%';

/** A function that looks at the elements of a list one by one. */
export type LoopName = 'all' | 'any' | 'none' | 'count';

/** A function of values. */
export type CallName = 'len' | 'isNaN' | 'isInf' | 'isNil' | 'default' | 'asInt' | 'asFloat' | 'abs';

/** A part of a condition; `at` is where it begins in the text, from 0. */
export type Node = { readonly at: number } & (
  | { readonly kind: 'literal'; readonly value: number | string | boolean | null }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'result' }
  | { readonly kind: 'element' }
  | { readonly kind: 'member'; readonly of: Node; readonly key: Node }
  | { readonly kind: 'not' | 'negate'; readonly of: Node }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Node; readonly right: Node }
  | { readonly kind: 'call'; readonly name: CallName; readonly values: readonly Node[] }
  | { readonly kind: 'loop'; readonly name: LoopName; readonly list: Node; readonly test: Node }
);

/** How many values each function takes. */
export const CALLS: ReadonlyMap<string, { readonly name: CallName; readonly values: number }> = new Map([
  ['len', { name: 'len', values: 1 }],
  ['isNaN', { name: 'isNaN', values: 1 }],
  ['isInf', { name: 'isInf', values: 1 }],
  ['isNil', { name: 'isNil', values: 1 }],
  ['default', { name: 'default', values: 2 }],
  ['asInt', { name: 'asInt', values: 1 }],
  ['asFloat', { name: 'asFloat', values: 1 }],
  ['abs', { name: 'abs', values: 1 }],
]);

/** The functions of lists by their name. */
export const LOOPS: ReadonlyMap<string, LoopName> = new Map([
  ['all', 'all'],
  ['any', 'any'],
  ['none', 'none'],
  ['count', 'count'],
]);

/** What is wrong with the text of a condition. The message may repeat a word of it. */
export class ConditionSyntaxError extends Error {
  override readonly name = 'ConditionSyntaxError' as const;
  /** Where, in characters from 0. */
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}
