import { CONDITION_CHARACTERS_MAX } from '../metric-state.ts';
import { readOperand } from './operand.ts';
import { type BinaryOperator, ConditionSyntaxError, type Node } from './syntax.ts';
import { TokenReader } from './token-reader.ts';
import { tokensOf } from './tokens.ts';

/** A condition whose text is known to be right. */
export interface Condition {
  readonly text: string;
  readonly root: Node;
}

/** Binding strength as expr-lang has it, which Argo uses (parser/operator/operator.go). */
const STRENGTH: ReadonlyMap<string, { readonly operator: BinaryOperator; readonly strength: number }> = new Map(
  (
    [
      ['||', 10, 'or'],
      ['&&', 15, 'and'],
      ['==', 20],
      ['!=', 20],
      ['<', 20],
      ['<=', 20],
      ['>', 20],
      ['>=', 20],
      ['in', 20],
      ['+', 30],
      ['-', 30],
      ['*', 60],
      ['/', 60],
      ['%', 60],
    ] as const
  ).flatMap(([operator, strength, word]) =>
    [operator, ...(word === undefined ? [] : [word])].map((sign) => [sign, { operator, strength }] as const),
  ),
);
const COMPARISON = 20;
/** Of `!` and `not`: `!result > 1` is `(!result) > 1`. */
const NOT_STRENGTH = 50;
/** Of a sign before a number. */
const MINUS_STRENGTH = 90;
/** Nodes that are never true or false, whatever the result is. */
const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%']);
const NUMBERS: ReadonlySet<string> = new Set(['len', 'asInt', 'asFloat', 'abs', 'count']);

/**
 * Parses a condition in Argo Rollouts' words: `result[0] >= 0.99 && len(result) > 0`. Throws ConditionSyntaxError with the
 * place of what is wrong.
 */
export function parseCondition(text: string): Condition {
  if (text.length > CONDITION_CHARACTERS_MAX) {
    throw new ConditionSyntaxError(`has more than ${CONDITION_CHARACTERS_MAX} characters`, 0);
  }
  const reader = new TokenReader(tokensOf(text));
  const root = readExpression(reader, 0);
  const { kind, text: word, at } = reader.now;
  if (kind !== 'end') throw new ConditionSyntaxError(`"${word}" is not understood here`, at);
  if (isNeverFlag(root)) throw new ConditionSyntaxError('must be true or false, such as result[0] >= 0.99', root.at);
  return { text, root };
}

/** Reads operands and the operators between them that bind stronger than `strength`. */
function readExpression(reader: TokenReader, strength: number): Node {
  return reader.deeper(() => {
    let left = readUnary(reader);
    for (let next = operatorAt(reader); next !== undefined; next = operatorAt(reader)) {
      if (next.strength <= strength) return left;
      left = readBinary(reader, left, next);
    }
    return left;
  });
}

interface Operator {
  readonly operator: BinaryOperator;
  readonly strength: number;
  /** `not in`. */
  readonly isNegated: boolean;
}

function operatorAt(reader: TokenReader): Operator | undefined {
  const { kind, text } = reader.now;
  if (kind !== 'sign' && kind !== 'name') return undefined;
  const isNegated = text === 'not' && reader.next.text === 'in';
  const found = STRENGTH.get(isNegated ? 'in' : text);
  return found === undefined ? undefined : { ...found, isNegated };
}

function readBinary(reader: TokenReader, left: Node, { operator, strength, isNegated }: Operator): Node {
  const { at } = reader.take();
  if (isNegated) reader.take();
  if (strength === COMPARISON && left.kind === 'binary' && STRENGTH.get(left.operator)?.strength === COMPARISON) {
    if (!reader.isInParentheses(left)) {
      throw new ConditionSyntaxError('compares twice in a row: write a < b && b < c', at);
    }
  }
  const right = readExpression(reader, strength);
  const node = reader.node({ kind: 'binary', operator, left, right, at: left.at });
  return isNegated ? reader.node({ kind: 'not', of: node, at: left.at }) : node;
}

function readUnary(reader: TokenReader): Node {
  const { kind, text, at } = reader.now;
  const isNot = (kind === 'sign' && text === '!') || (kind === 'name' && text === 'not');
  if (isNot) {
    reader.take();
    return reader.node({ kind: 'not', of: readExpression(reader, NOT_STRENGTH), at });
  }
  if (kind === 'sign' && text === '-') {
    reader.take();
    return reader.node({ kind: 'negate', of: readExpression(reader, MINUS_STRENGTH), at });
  }
  return readOperand(reader, () => readExpression(reader, 0));
}

function isNeverFlag(node: Node): boolean {
  if (node.kind === 'literal') return typeof node.value !== 'boolean';
  if (node.kind === 'binary') return ARITHMETIC.has(node.operator);
  if (node.kind === 'call' || node.kind === 'loop') return NUMBERS.has(node.name);
  return node.kind === 'list' || node.kind === 'negate';
}
