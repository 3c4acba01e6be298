import { ConditionSyntaxError } from './syntax.ts';

/** A word of a condition's text. */
export interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'sign' | 'end';
  /** As it is written; a text without its quotation marks and escapes. */
  readonly text: string;
  /** Where it begins, in characters from 0. */
  readonly at: number;
}

const BLANK = /[ \t\r\n]+/y;
const NUMBER = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y;
const NAME = /[A-Za-z_]\w*/y;
const TEXT = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/y;
const SIGN = /\|\||&&|==|!=|<=|>=|[!<>+\-*/%()[\]{}.,#]/y;
const ESCAPE = /\\(.)/g;
const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
]);

/** The words of a condition, the end last. Throws ConditionSyntaxError. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const blank = match(BLANK, text, at);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    const [token, length] = tokenAt(text, at);
    tokens.push(token);
    at += length;
  }
  return [...tokens, { kind: 'end', text: '', at }];
}

function tokenAt(text: string, at: number): [token: Token, length: number] {
  for (const [kind, pattern] of [
    ['number', NUMBER],
    ['name', NAME],
    ['sign', SIGN],
  ] as const) {
    // `.5` is a number and `result.5` none: what stands before decides, and a field's name never begins with a digit.
    const word = match(pattern, text, at);
    if (word !== undefined) return [{ kind, text: word, at }, word.length];
  }
  const quoted = match(TEXT, text, at);
  if (quoted === undefined) throw new ConditionSyntaxError(`${describe(text, at)} is not understood here`, at);
  const unescaped = quoted.slice(1, -1).replaceAll(ESCAPE, (_, one: string) => ESCAPED.get(one) ?? one);
  return [{ kind: 'text', text: unescaped, at }, quoted.length];
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function describe(text: string, at: number): string {
  const one = text.slice(at, at + 1);
  if (one === '"' || one === "'") return 'a text without its closing quotation mark';
  return `"${one}"`;
}
