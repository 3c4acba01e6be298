import { endOfString, isSpace, skipSpaces } from './json-skip.ts';

const [QUOTE, COMMA, COLON] = [0x22, 0x2c, 0x3a];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * `JSON.parse` for text from outside. V8 13.6 (Node 24) may read a key with an escape as another key: it compares the key that
 * it has seen at this place before with the raw characters of the new one. After `{"b":0,"a\\":1}` it reads `{"b":0,"a\"":1}` as
 * the former. The keys that it compares with are those of earlier texts, another caller's included, so that one Pod
 * could change what is read of the next: managedFields are full of keys like `k:{"name":"web"}`. Text with such a key is
 * therefore read here, key by key.
 *
 * Throws SyntaxError. Text must not nest deeper than the stack allows: some thousand levels.
 */
export function parseJson(text: string): unknown {
  const parsed: unknown = JSON.parse(text);
  return hasEscapedKey(text) ? new ExactReader(text).value() : parsed;
}

/** Whether a key of JSON text is written with an escape; text that is no JSON may get any answer. */
export function hasEscapedKey(text: string): boolean {
  for (let at = text.indexOf('\\'); at !== -1; at = text.indexOf('\\', at)) {
    // An escape stands inside a string. Where that ends, a colon says that it was a key.
    // No backslash stands before the first one of a string.
    at = endOfString(text, at - 1);
    if (at === -1) return false;
    if (text.charCodeAt(skipSpaces(text, at)) === COLON) return true;
  }
  return false;
}

/** Reads JSON text that is known to be valid. Keys and values are copies: none keeps the text in memory. */
class ExactReader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  value(): unknown {
    this.at = skipSpaces(this.text, this.at);
    const code = this.text.charCodeAt(this.at);
    if (code === OPEN_BRACE) return this.object();
    if (code === OPEN_BRACKET) return this.list();
    return code === QUOTE ? this.string() : this.word();
  }

  private object(): unknown {
    const object: Record<string, unknown> = {};
    while (this.hasMore(CLOSE_BRACE)) {
      const key = this.string();
      this.at = skipSpaces(this.text, this.at) + 1;
      const value = this.value();
      if (key === '__proto__') define(object, key, value);
      else object[key] = value;
    }
    return object;
  }

  private list(): unknown {
    const list: unknown[] = [];
    while (this.hasMore(CLOSE_BRACKET)) list.push(this.value());
    return list;
  }

  /** Steps over the opening bracket or a comma to the next element; over the closing bracket when there is none. */
  private hasMore(close: number): boolean {
    this.at = skipSpaces(this.text, this.at);
    if (this.text.charCodeAt(this.at) !== close) {
      this.at = skipSpaces(this.text, this.at + 1);
      if (this.text.charCodeAt(this.at) !== close) return true;
    }
    this.at++;
    return false;
  }

  private string(): string {
    const start = this.at;
    this.at = endOfString(this.text, start);
    const text: unknown = JSON.parse(this.text.slice(start, this.at));
    return String(text);
  }

  /** A number, `true`, `false` or `null`. */
  private word(): unknown {
    const start = this.at;
    while (this.at < this.text.length && !endsWord(this.text.charCodeAt(this.at))) this.at++;
    return JSON.parse(this.text.slice(start, this.at));
  }
}

function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

function endsWord(code: number): boolean {
  return code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET || isSpace(code);
}
