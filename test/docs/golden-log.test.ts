import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { LogEvent } from '../../functions/events/event.ts';
import * as catalogue from '../../functions/events.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PAGE = join(ROOT, 'docs', 'log.md');
const TABLE = /(<!-- events: [^>]*-->\n)([\s\S]*)(<!-- \/events -->)/;
const SOURCES = readdirSync(join(ROOT, 'functions', 'events')).map((file) =>
  readFileSync(join(ROOT, 'functions', 'events', file), 'utf8'),
);

/** The comment above each event, by its name. */
const SENTENCES = new Map(
  SOURCES.flatMap((text) =>
    [...text.matchAll(/\/\*\* ((?:(?!\*\/)[\s\S])*) \*\/\nexport const (\w+) =/g)].map(
      ([, comment = '', name = '']) => [name, comment.replaceAll(/\n \* ?/g, ' ')] as const,
    ),
  ),
);

function rowOf([name, { message, levels, fields, metric }]: readonly [string, LogEvent]): string {
  const metrics = metric === undefined ? [] : [metric.count, ...Object.keys(metric.values ?? {})];
  const by = metric?.by.map((dimensions) => dimensions.join(' and ') || 'sum').join('; ') ?? '';
  const cells = [
    `\`${message}\``,
    levels.join(', '),
    SENTENCES.get(name) ?? '',
    Object.entries(fields)
      .map(([field, kind]) => `\`${field}\` ${kind}`)
      .join(', '),
    metrics.length === 0 ? '' : `${metrics.map((metric) => `\`${metric}\``).join(', ')} (${by})`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function eventTable(): string {
  const events: readonly (readonly [string, LogEvent])[] = Object.entries(catalogue);
  const rows = events.toSorted(([, a], [, b]) => a.message.localeCompare(b.message, 'en')).map(rowOf);
  return ['| line | level | when | fields | metrics (by) |', '|---|---|---|---|---|', ...rows].join('\n');
}

test('every event has a sentence', () => {
  for (const name of Object.keys(catalogue)) expect(SENTENCES.get(name), name).toMatch(/\w.*\.$/);
});

test('the table of log lines is the catalogue', () => {
  const text = readFileSync(PAGE, 'utf8');
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(
      PAGE,
      text.replace(TABLE, (_, begin, __, end) => `${begin}\n${eventTable()}\n\n${end}`),
    );
  }
  expect(TABLE.exec(readFileSync(PAGE, 'utf8'))?.[2]?.trim()).toBe(eventTable());
});
