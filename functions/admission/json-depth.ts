import { BODY_BYTES_MAX } from '../http/event.ts';

/** The bytes that matter; everything else between two strings is a number, a literal or white space. */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `{` differ in one bit only, and so do `]` and `}`: with it set, both are the brace. */
const BRACE_BIT = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;

const encoder = new TextEncoder();
/** Bytes are looked through twice as fast as characters. Nothing is ever read from it that was not just written. */
const scratch = Buffer.alloc(BODY_BYTES_MAX);

/**
 * Whether JSON text nests deeper than `max` levels, told before it is parsed and without recursion. Text that is not
 * JSON may get either answer: the parser refuses it. Text beyond the size of a body counts as too deep.
 */
export function isDeeperThan(text: string, max: number): boolean {
  const { read, written } = encoder.encodeInto(text, scratch);
  if (read < text.length) return true;
  let depth = 0;
  for (let i = 0; i < written; i++) {
    const byte = scratch[i] ?? 0;
    if (byte === QUOTE) {
      i = endOfString(i + 1, written);
    } else if ((byte | BRACE_BIT) === OPEN) {
      if (++depth > max) return true;
    } else if ((byte | BRACE_BIT) === CLOSE) {
      depth--;
    }
  }
  return false;
}

/** Where the quote stands that ends the string whose content starts at `from`. */
function endOfString(from: number, end: number): number {
  let i = from;
  for (; i < end; i++) {
    const byte = scratch[i] ?? 0;
    if (byte === QUOTE) break;
    if (byte === BACKSLASH) i++;
  }
  return i;
}
