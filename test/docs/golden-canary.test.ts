import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { MANIFEST, parseCanary } from '../../functions/canary/document/parse-canary.ts';
import { jsonSchema } from '../../functions/json/schema/json-schema.ts';
import type { Schema } from '../../functions/json/schema/schema.ts';
import { fieldComments } from '../support/field-comments.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PAGE = join(ROOT, 'docs', 'reference', 'canary.md');
const FILE = join(ROOT, 'docs', 'reference', 'canary.schema.json');
const TABLE = /(<!-- fields: [^>]*-->\n)([\s\S]*)(<!-- \/fields -->)/;
const meaning = fieldComments(join(ROOT, 'functions', 'canary', 'document', 'parse-canary.ts'), 'MANIFEST', MANIFEST);

interface Row {
  readonly path: string;
  readonly field: Schema;
  readonly text: string;
  readonly preset: string;
}

/** Every field below a schema, each after the one that holds it. */
function rowsIn(schema: Schema, path: string): readonly Row[] {
  if (schema.kind === 'list') return rowsIn(schema.item, `${path}[]`);
  if (schema.kind === 'map') return rowsIn(schema.value, `${path}.NAME`);
  if (schema.kind !== 'object' && schema.kind !== 'choice') return [];
  const inner: Readonly<Record<string, Schema>> = schema.kind === 'object' ? schema.fields : schema.members;
  return Object.entries(inner).flatMap(([key, field]) => {
    const at = path === '' ? key : `${path}.${key}`;
    const preset = schema.kind === 'choice' ? 'one of them' : defaultOf(field);
    return [{ path: at, field, text: meaning(schema, key), preset }, ...rowsIn(field, at)];
  });
}

function typeOf(field: Schema): string {
  switch (field.kind) {
    case 'text':
      return 'text';
    case 'number':
      return `${field.decimals === 0 ? 'whole number' : 'number'}, ${field.min} to ${field.max}`;
    case 'flag':
      return 'true or false';
    case 'words':
      return field.values.map((word) => `\`${word}\``).join(' or ');
    case 'list':
      return `list, ${field.pair === true ? 2 : `${field.min} to ${field.max}`}`;
    case 'map':
      return `map, at most ${field.max}`;
    case 'object':
      return 'object';
    case 'choice':
      return `one of ${Object.keys(field.members)
        .map((key) => `\`${key}\``)
        .join(', ')}`;
  }
}

function defaultOf({ optional, fallback }: Schema): string {
  if (optional === true) return 'none';
  if (fallback === undefined) return 'required';
  return typeof fallback === 'function' ? 'see there' : `\`${JSON.stringify(fallback)}\``;
}

const ROWS = rowsIn(MANIFEST, '');
const table = (): string =>
  [
    '| field | type | default | meaning |',
    '|---|---|---|---|',
    ...ROWS.map(({ path, field, text, preset }) => `| \`${path}\` | ${typeOf(field)} | ${preset} | ${text} |`),
  ].join('\n');
const file = (): string =>
  `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', title: 'Canary', ...jsonSchema(MANIFEST, meaning) }, null, 2)}\n`;

test('every field has a sentence', () => {
  expect(ROWS.length).toBeGreaterThan(25);
  for (const { path, text } of ROWS) expect(text, path).toMatch(/\w.*\.$/);
});

test('the table of fields is the schema', () => {
  const text = readFileSync(PAGE, 'utf8');
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(
      PAGE,
      text.replace(TABLE, (_, begin, __, end) => `${begin}\n${table()}\n\n${end}`),
    );
  }
  expect(TABLE.exec(readFileSync(PAGE, 'utf8'))?.[2]?.trim()).toBe(table());
});

test('the JSON Schema is the schema', () => {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(FILE, file());
  expect(readFileSync(FILE, 'utf8')).toBe(file());
});

test('the manifest of the page is taken, and holds every field of spec', () => {
  const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(PAGE, 'utf8')) ?? [];
  const document: unknown = parse(yaml);
  const parsed = parseCanary(document);
  expect(parsed).toMatchObject({ valid: true });
  expect(parsed.valid && Object.keys(parsed.value.spec)).toEqual(Object.keys(MANIFEST.fields.spec.fields));
});
