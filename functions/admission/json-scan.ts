import { BODY_BYTES_MAX } from '../http/event.ts';

/** The bytes that matter; everything else between two strings is a number, a literal or white space. */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
/** `[` and `{` differ in one bit only, and so do `]` and `}`: with it set, both are the brace. */
const BRACE_BIT = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** `{request: {object: {metadata: {managedFields: […` : the fourth brace is the metadata's. */
const MANAGED_FIELDS = 'managedFields';
const METADATA_DEPTH = 4;

/** A character of a JavaScript string takes at most so many bytes in UTF-8. */
const UTF8_BYTES_MAX = 3;

const encoder = new TextEncoder();
/** Bytes are looked through twice as fast as characters. Nothing is ever read from it that was not just written. */
const scratch = Buffer.alloc(BODY_BYTES_MAX);

/** What is known of JSON text before it is parsed. */
export interface JsonScan {
  readonly isTooDeep: boolean;
  /**
   * Where the list under the first `managedFields` at the depth of a Pod's metadata stands in the text; only in text
   * of one byte per character, written without white space, as kube-apiserver writes it.
   */
  readonly managedFields?: { readonly start: number; readonly end: number };
}

/**
 * Looks through JSON text once, without recursion: how deep it nests, and where the managedFields are. Text that is
 * not JSON may get any answer: the parser refuses it. Text beyond the size of a body counts as too deep.
 *
 * Text cannot nest deeper than it has brackets, those in its strings included. Where there are that few, as in nearly every
 * Pod, counting them is enough: it takes a quarter of the time.
 *
 * @param max the deepest nesting allowed, in levels
 */
export function scanJson(text: string, max: number): JsonScan {
  const isSmall = text.length * UTF8_BYTES_MAX <= BODY_BYTES_MAX;
  if (isSmall && !text.includes(MANAGED_FIELDS) && opensAtMost(text, 0, max)) return { isTooDeep: false };
  const { read, written } = encoder.encodeInto(text, scratch);
  if (read < text.length) return { isTooDeep: true };
  let depth = 0;
  let start = -1;
  let end = -1;
  for (let i = 0; i < written; i++) {
    const byte = scratch[i] ?? 0;
    if (byte === QUOTE) {
      const from = i + 1;
      i = endOfString(from, written);
      if (depth === METADATA_DEPTH && start === -1 && isManagedFields(from, i)) start = i + 2;
    } else if ((byte | BRACE_BIT) === OPEN) {
      if (++depth > max) return { isTooDeep: true };
    } else if ((byte | BRACE_BIT) === CLOSE) {
      depth--;
      if (depth === METADATA_DEPTH && start !== -1 && end === -1) {
        end = i + 1;
        // Places in bytes are places in the text only where every character is one byte.
        if (written === text.length && opensAtMost(text, end, max - depth)) break;
      }
    }
  }
  return end === -1 || written !== text.length
    ? { isTooDeep: false }
    : { isTooDeep: false, managedFields: { start, end } };
}

/** Whether so many brackets open from a place on, at most. */
function opensAtMost(text: string, from: number, max: number): boolean {
  let opened = 0;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket, from); at !== -1; at = text.indexOf(bracket, at + 1)) {
      if (++opened > max) return false;
    }
  }
  return true;
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

/** Whether a string is the key `managedFields` of a list; a value is never followed by a colon. */
function isManagedFields(from: number, end: number): boolean {
  if (end - from !== MANAGED_FIELDS.length || scratch[end + 1] !== COLON || scratch[end + 2] !== OPEN_BRACKET)
    return false;
  return scratch.toString('latin1', from, end) === MANAGED_FIELDS;
}
