import { Option } from 'commander';
import { stringify } from 'yaml';

/** The formats of `-o`, as kubectl has them. */
export type Format = 'yaml' | 'json' | 'name';

/** `-o yaml|json|name`; without it a command prints for people. */
export function outputOption(): Option {
  return new Option('-o, --output <format>', 'output format').choices(['yaml', 'json', 'name']);
}

/** Prints values in a format, or what `people` says without one. `names` are printed for `-o name`. */
export function printValue(
  format: Format | undefined,
  value: unknown,
  names: readonly string[],
  people: () => string,
): void {
  process.stdout.write(textOf(format, value, names, people));
}

function textOf(format: Format | undefined, value: unknown, names: readonly string[], people: () => string): string {
  switch (format) {
    case 'yaml':
      return stringify(value, { lineWidth: 0 });
    case 'json':
      return `${JSON.stringify(value, null, 4)}\n`;
    case 'name':
      return names.map((name) => `template/${name}\n`).join('');
    case undefined:
      return people();
  }
}

/** Columns under upper-case headings, three blanks apart, as kubectl prints them. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows];
  const widths = headings.map((_, i) => Math.max(...lines.map((line) => (line[i] ?? '').length)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, i) => cell.padEnd((widths[i] ?? 0) + 3))
          .join('')
          .trimEnd()}\n`,
    )
    .join('');
}
