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
