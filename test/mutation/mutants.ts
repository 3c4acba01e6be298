import ts from 'typescript';

/** One small change of a source file that a test should notice. */
export interface Mutant {
  /** From the folder of the project. */
  readonly file: string;
  readonly line: number;
  /** Where the text that is replaced begins and ends, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
  readonly original: string;
  readonly replacement: string;
}

const OPERATORS: ReadonlyMap<string, string> = new Map(
  [
    ...[
      ['===', '!=='],
      ['!==', '==='],
      ['<', '<='],
      ['<=', '<'],
      ['>', '>='],
      ['>=', '>'],
      ['&&', '||'],
      ['||', '&&'],
    ],
    ...[
      ['+', '-'],
      ['-', '+'],
      ['*', '/'],
      ['/', '*'],
      ['%', '*'],
      ['??', '&&'],
      ['+=', '-='],
      ['-=', '+='],
    ],
  ].map(([from = '', to = '']): [string, string] => [from, to]),
);

/** All mutants of a file, in the order of their places. Types, imports and texts for people have none. */
export function mutantsOf(file: string, text: string): readonly Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const mutants: Mutant[] = [];
  const change = (node: ts.Node, replacement: string): void => {
    const start = node.getStart(source);
    const { line } = source.getLineAndCharacterOfPosition(start);
    const original = text.slice(start, node.end);
    if (original !== replacement) mutants.push({ file, line: line + 1, start, end: node.end, original, replacement });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return;
    for (const [at, replacement] of changesOf(node, source)) change(at, replacement);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return mutants.sort((a, b) => a.start - b.start || a.end - b.end);
}

function changesOf(node: ts.Node, source: ts.SourceFile): readonly (readonly [ts.Node, string])[] {
  if (ts.isBinaryExpression(node)) return changesOfBinary(node, source);
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [[node, 'false']];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [[node, 'true']];
  if (ts.isNumericLiteral(node)) return isGreaterOfComparator(node) ? [] : [[node, node.text === '0' ? '1' : '0']];
  if (ts.isIfStatement(node)) return ['true', 'false'].map((word) => [node.expression, word] as const);
  if (ts.isConditionalExpression(node)) return ['true', 'false'].map((word) => [node.condition, word] as const);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    return [[node, `(${node.operand.getText(source)})`]];
  }
  if (ts.isExpressionStatement(node)) return [[node, ';']];
  if (ts.isThrowStatement(node)) return [[node, ';']];
  return [];
}

/**
 * Whether a number is the `1` of `a < b ? -1 : 1`, as comparators have it: `sort` of V8 asks of a comparator's number only
 * whether it is below zero (third_party/v8/builtins/array-sort.tq), so that no test can tell it from `0`.
 */
function isGreaterOfComparator(node: ts.NumericLiteral): boolean {
  const { parent } = node;
  if (!ts.isConditionalExpression(parent) || parent.whenFalse !== node || node.text !== '1') return false;
  return parent.whenTrue.getText() === '-1';
}

function changesOfBinary(node: ts.BinaryExpression, source: ts.SourceFile): readonly (readonly [ts.Node, string])[] {
  const other = OPERATORS.get(node.operatorToken.getText(source));
  return other === undefined ? [] : [[node.operatorToken, other]];
}

/** The text of a file with a mutant in it. */
export function mutated(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** So many of a list, the same ones for the same seed, in their order; all where there are fewer. */
export function sampleOf<T>(all: readonly T[], size: number, seed: number): readonly T[] {
  // mulberry32: short, and good enough to spread a sample.
  let state = seed >>> 0;
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const drawn = all.map((item, place) => ({ item, place, lot: random() }));
  const chosen = drawn.sort((a, b) => a.lot - b.lot).slice(0, size);
  return chosen.sort((a, b) => a.place - b.place).map(({ item }) => item);
}
