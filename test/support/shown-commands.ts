/** A code block of a page: what stands behind its three backticks, and its lines. */
export interface Block {
  /** The words of the opening line: the language, then marks such as `run` and `needs=aws`. */
  readonly marks: readonly string[];
  readonly text: string;
}

/** A command line of a block, and what the page shows below it. */
export interface Shown {
  readonly command: string;
  readonly output: string;
}

/** The code blocks of a page. */
export function blocksIn(page: string): readonly Block[] {
  return [...page.matchAll(/^```([^\n]*)\n([\s\S]*?)^```$/gm)].map(([, marks = '', text = '']) => ({
    marks: marks.split(/\s+/).filter((mark) => mark !== ''),
    text,
  }));
}

/** The commands of a block, each with the lines up to the next one. A blank line before a command is not output. */
export function shownIn({ text }: Block): readonly Shown[] {
  const parts = text.split(/^\$ /m).slice(1);
  return parts.map((part) => {
    const end = part.indexOf('\n');
    return { command: part.slice(0, end), output: part.slice(end + 1).replace(/\n\n$/, '\n') };
  });
}

/** The words of a command line as a shell hands them over, without its comment; quotes keep words together. */
export function wordsOf(command: string): readonly string[] {
  const words = command.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  const comment = words.findIndex((word) => word.startsWith('#'));
  return (comment === -1 ? words : words.slice(0, comment)).map((word) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? ''),
  );
}

/** What differs from run to run, by what stands for it: times, ages, hashes, ports. Columns are one space wide. */
function withPlaceholders(output: string): string {
  return output
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, 'TIME')
    .replaceAll(/\b[0-9a-f]{12,64}\b/g, 'HASH')
    .replaceAll(/(127\.0\.0\.1|localhost):\d+/g, '$1:PORT')
    .replaceAll(/(?<=\s)\d+(?:s|m|h|d|m\d+s|h\d+m|d\d+h|y\d+d)(?=\s|$)/gm, 'AGE')
    .replaceAll(/[ \t]+/g, ' ')
    .replaceAll(/ $/gm, '');
}

/** Whether a command printed what the page shows; a line `…` of the page stands for any lines. */
export function isAsShown(shown: string, printed: string): boolean {
  const parts = withPlaceholders(shown).split(/^…\n/m);
  const pattern = parts.map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')).join('(?:.*\\n)+?');
  return new RegExp(`^${pattern}$`).test(withPlaceholders(printed));
}
