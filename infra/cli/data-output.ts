import { Option } from 'commander';
import { stringify } from 'yaml';
import { toJson } from './yaml-document.ts';

/** A format for machines; without one a command prints for people. */
export type DataFormat = 'json' | 'yaml';

/** `-o json|yaml`. */
export function dataOutputOption(): Option {
  return new Option('-o, --output <format>', 'output format').choices(['json', 'yaml']);
}

/** A value in a format, or what `people` says without one. */
export function dataText(format: DataFormat | undefined, value: unknown, people: () => string): string {
  if (format === undefined) return people();
  return format === 'json' ? `${toJson(value)}\n` : stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
