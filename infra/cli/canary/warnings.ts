import { printable } from '../../../functions/json/faults.ts';

/** Prints what the `Warning` headers of answers say on standard error, as kubectl does: each sentence once. */
export function createWarner(
  write: (text: string) => void = (text) => void process.stderr.write(text),
): (header: string | undefined) => void {
  const said = new Set<string>();
  return (header = '') => {
    for (const warning of warningsIn(header)) {
      if (said.has(warning)) continue;
      said.add(warning);
      write(`Warning: ${printable(warning)}\n`);
    }
  };
}

/** The code that Kubernetes gives to its warnings. */
const MISCELLANEOUS = '299';
/** A code, an agent, and the quote before the text (RFC 7234 §5.5). */
const BEGIN = /[ ,]*(\d{3}) [^ "]+ "/y;
/** A date may follow the text. */
const DATE = / "[^"]*"/y;

/** The texts of a `Warning` header, up to where it is none. */
export function warningsIn(header: string): readonly string[] {
  const found: string[] = [];
  for (let at = 0; ; ) {
    BEGIN.lastIndex = at;
    const code = BEGIN.exec(header)?.[1];
    if (code === undefined) return found;
    const { text, end } = quotedFrom(header, BEGIN.lastIndex);
    if (code === MISCELLANEOUS && text !== '') found.push(text);
    DATE.lastIndex = end;
    at = DATE.test(header) ? DATE.lastIndex : end;
  }
}

/** A quoted text whose quote is open, and the place behind it. */
function quotedFrom(header: string, start: number): { readonly text: string; readonly end: number } {
  let text = '';
  for (let i = start; i < header.length; i++) {
    const character = header.charAt(i);
    if (character === '"') return { text, end: i + 1 };
    // An escape stands for the character behind it.
    text += character === '\\' ? header.charAt(++i) : character;
  }
  return { text, end: header.length };
}
