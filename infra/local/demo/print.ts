import { styleText } from 'node:util';

/** One line of the demo. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A heading of the demo. */
export function title(text: string): void {
  say(`\n${paint('bold', text)}`);
}

/** Coloured text; plain where standard output is no terminal or NO_COLOR is set. */
export function paint(style: 'bold' | 'red' | 'green' | 'cyan', text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** A line that is drawn again on a terminal; elsewhere only its last state is written. */
export interface LiveLine {
  show(text: string): void;
  end(text: string): void;
}

/** Back to the first column, and clear the line (ECMA-48, EL). */
const CLEAR = '\r\x1b[2K';

/** Begins a live line; nothing else may be written until it has ended. */
export function beginLine(): LiveLine {
  const { isTTY } = process.stdout;
  return {
    show: (text) => void (isTTY && process.stdout.write(CLEAR + text)),
    end: (text) => say(isTTY ? CLEAR + text : text),
  };
}

const BAR_CELLS = 24;

/** How something is split: the first part's share of 1 in green, the rest in cyan. */
export function splitBar(share: number): string {
  const cells = Math.round(share * BAR_CELLS);
  return paint('green', '█'.repeat(cells)) + paint('cyan', '░'.repeat(BAR_CELLS - cells));
}
