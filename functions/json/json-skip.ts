const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];
const [SPACE, NEWLINE, RETURN, TAB] = [0x20, 0x0a, 0x0d, 0x09];

/** Where the next character stands that is no white space of JSON. */
export function skipSpaces(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** Whether a character is white space of JSON. */
export function isSpace(code: number): boolean {
  return code === SPACE || code === NEWLINE || code === RETURN || code === TAB;
}

/**
 * Where a value ends that begins at `from`; -1 when it does not. Only brackets and quotes are looked at: what stands
 * between them may be anything that ends. One pass, no recursion, no expression.
 */
export function endOfValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      if (at === -1) return -1;
    } else if (isOpening(code)) {
      depth++;
      at++;
    } else if (depth === 0 && endsWord(code)) {
      return at;
    } else if (isClosing(code)) {
      depth--;
      at++;
    } else {
      // Between the elements of a list or an object there is nothing to see.
      at++;
      continue;
    }
    if (depth === 0) return at;
  }
  return -1;
}

/** What stands behind a number or a word: a comma, or the end of the object round it. */
function endsWord(code: number): boolean {
  return code === COMMA || isSpace(code) || isClosing(code);
}

function isOpening(code: number): boolean {
  return code === OPEN_BRACE || code === OPEN_BRACKET;
}

function isClosing(code: number): boolean {
  return code === CLOSE_BRACE || code === CLOSE_BRACKET;
}

/** Where the string ends that begins with the quote at `from`: behind its last quote; -1 when it does not. */
export function endOfString(text: string, from: number): number {
  let end = from;
  do {
    end = text.indexOf('"', end + 1);
    if (end === -1) return -1;
  } while (isEscaped(text, end, from));
  return end + 1;
}

/** Whether an odd number of backslashes stands before a quote. */
function isEscaped(text: string, quote: number, start: number): boolean {
  let at = quote - 1;
  while (at > start && text.charCodeAt(at) === BACKSLASH) at--;
  return (quote - 1 - at) % 2 === 1;
}
