import { CALLS, ConditionSyntaxError, LOOPS, type LoopName, type Node } from './syntax.ts';
import type { TokenReader } from './token-reader.ts';
import type { Token } from './tokens.ts';

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['nil', null],
]);
/** Words that stand between values, never for one. */
const OPERATOR_WORDS: ReadonlySet<string> = new Set(['and', 'or', 'in', 'not']);
/** Names that a hint lists; the elements of a list are `#`. */
const KNOWN = ['result', ...CALLS.keys(), ...LOOPS.keys()].join(', ');

type ReadExpression = () => Node;

/** Reads one value with what leads into it: `result[0].Values`, `len(result)`, `(…)`. Throws ConditionSyntaxError. */
export function readOperand(reader: TokenReader, readExpression: ReadExpression): Node {
  let operand = readStart(reader, readExpression);
  for (;;) {
    const { at } = operand;
    if (reader.takesSign('.')) {
      operand = reader.node({ kind: 'member', of: operand, key: readFieldName(reader), at });
    } else if (reader.takesSign('[')) {
      const key = readExpression();
      reader.expectSign(']');
      operand = reader.node({ kind: 'member', of: operand, key, at });
    } else return operand;
  }
}

function readFieldName(reader: TokenReader): Node {
  const { kind, text, at } = reader.take();
  if (kind !== 'name') throw new ConditionSyntaxError('a field has a name: result.value, or result["a-name"]', at);
  return { kind: 'literal', value: text, at };
}

function readStart(reader: TokenReader, readExpression: ReadExpression): Node {
  const token = reader.take();
  switch (token.kind) {
    case 'number':
      return reader.node({ kind: 'literal', value: Number(token.text), at: token.at });
    case 'text':
      return reader.node({ kind: 'literal', value: token.text, at: token.at });
    case 'name':
      return readNamed(reader, token, readExpression);
    case 'sign':
      return readSign(reader, token, readExpression);
    case 'end':
      throw new ConditionSyntaxError('ends where a value is missing', token.at);
  }
}

function readSign(reader: TokenReader, { text, at }: Token, readExpression: ReadExpression): Node {
  if (text === '(') {
    const inner = readExpression();
    reader.expectSign(')');
    return reader.inParentheses(inner);
  }
  if (text === '[') return reader.node({ kind: 'list', items: readList(reader, ']', readExpression), at });
  if (text === '#' || text === '.') {
    if (reader.loops === 0)
      throw new ConditionSyntaxError(`"${text}" stands only in {…}, as in all(result, {# < 1})`, at);
    const element = reader.node({ kind: 'element', at });
    return text === '#' ? element : reader.node({ kind: 'member', of: element, key: readFieldName(reader), at });
  }
  throw new ConditionSyntaxError(`a value is missing before "${text}"`, at);
}

function readNamed(reader: TokenReader, { text, at }: Token, readExpression: ReadExpression): Node {
  const constant = CONSTANTS.get(text);
  if (constant !== undefined) return reader.node({ kind: 'literal', value: constant, at });
  if (text === 'result') return reader.node({ kind: 'result', at });
  if (OPERATOR_WORDS.has(text)) throw new ConditionSyntaxError(`a value is missing before "${text}"`, at);
  const loop = LOOPS.get(text);
  if (loop !== undefined) return readLoop(reader, loop, at, readExpression);
  const call = CALLS.get(text);
  if (call === undefined) throw new ConditionSyntaxError(`"${text}" is not known; known are ${KNOWN}`, at);
  reader.expectSign('(');
  const values = readList(reader, ')', readExpression);
  if (values.length !== call.values) {
    throw new ConditionSyntaxError(`${text} takes ${call.values === 1 ? 'one value' : 'two values'}`, at);
  }
  return reader.node({ kind: 'call', name: call.name, values, at });
}

function readLoop(reader: TokenReader, name: LoopName, at: number, readExpression: ReadExpression): Node {
  reader.expectSign('(');
  const list = readExpression();
  reader.expectSign(',');
  const isBraced = reader.takesSign('{');
  reader.loops++;
  const test = readExpression();
  reader.loops--;
  if (isBraced) reader.expectSign('}');
  reader.expectSign(')');
  return reader.node({ kind: 'loop', name, list, test, at });
}

function readList(reader: TokenReader, end: string, readExpression: ReadExpression): Node[] {
  const items: Node[] = [];
  if (reader.takesSign(end)) return items;
  do items.push(readExpression());
  while (reader.takesSign(','));
  reader.expectSign(end);
  return items;
}
