import { ConditionSyntaxError, type Node } from './syntax.ts';
import type { Token } from './tokens.ts';

/** Parts of one condition. 1,024 characters could be 500, each of which is looked at for every element of a list. */
const NODES_MAX = 256;
/** How deep they may nest: a call of ours for each. */
const DEPTH_MAX = 32;

/** Walks along the words of a condition, and bounds what is made of them. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  readonly #parentheses = new Set<Node>();
  #index = 0;
  #depth = 0;
  #nodes = 0;
  /** How many loops are around: `#` needs one. */
  loops = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The word that comes now. */
  get now(): Token {
    return this.#tokens[this.#index] ?? { kind: 'end', text: '', at: 0 };
  }

  /** The one behind it. */
  get next(): Token {
    return this.#tokens[this.#index + 1] ?? this.now;
  }

  /** Goes on to the next word. */
  take(): Token {
    const token = this.now;
    if (token.kind !== 'end') this.#index++;
    return token;
  }

  /** Whether the word that comes now is this sign; if so, goes on. */
  takesSign(sign: string): boolean {
    const isIt = this.now.kind === 'sign' && this.now.text === sign;
    if (isIt) this.take();
    return isIt;
  }

  /** Goes on past this sign; throws ConditionSyntaxError where another word stands. */
  expectSign(sign: string): void {
    if (this.takesSign(sign)) return;
    const { kind, text, at } = this.now;
    throw new ConditionSyntaxError(`"${sign}" is missing ${kind === 'end' ? 'at the end' : `before "${text}"`}`, at);
  }

  /** Counts a part; throws ConditionSyntaxError where there are too many. */
  node(node: Node): Node {
    this.#nodes++;
    if (this.#nodes > NODES_MAX) throw new ConditionSyntaxError(`has more than ${NODES_MAX} parts`, node.at);
    return node;
  }

  /** Notes that a part stands in parentheses. */
  inParentheses(node: Node): Node {
    this.#parentheses.add(node);
    return node;
  }

  /** Whether it does. */
  isInParentheses(node: Node): boolean {
    return this.#parentheses.has(node);
  }

  /** Reads something one level deeper; throws ConditionSyntaxError where that is too deep. */
  deeper<T>(read: () => T): T {
    this.#depth++;
    if (this.#depth > DEPTH_MAX) throw new ConditionSyntaxError(`nests more than ${DEPTH_MAX} deep`, this.now.at);
    const found = read();
    this.#depth--;
    return found;
  }
}
