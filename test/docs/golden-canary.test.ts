import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { MANIFEST, parseCanary } from '../../functions/canary/document/parse-canary.ts';
import { FREEZE_MANIFEST, parseFreeze } from '../../functions/canary/freeze/freeze.ts';
import { jsonSchema, type Meaning } from '../../functions/json/schema/json-schema.ts';
import type { Schema } from '../../functions/json/schema/schema.ts';
import { fieldComments } from '../support/field-comments.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const TABLE = /(<!-- fields: [^>]*-->\n)([\s\S]*)(<!-- \/fields -->)/;

interface Row {
  readonly path: string;
  readonly field: Schema;
  readonly text: string;
  readonly preset: string;
}

/** Every field below a schema, each after the one that holds it. */
function rowsIn(schema: Schema, path: string, meaning: Meaning): readonly Row[] {
  if (schema.kind === 'list') return rowsIn(schema.item, `${path}[]`, meaning);
  if (schema.kind === 'map') return rowsIn(schema.value, `${path}.NAME`, meaning);
  if (schema.kind !== 'object' && schema.kind !== 'choice') return [];
  const inner: Readonly<Record<string, Schema>> = schema.kind === 'object' ? schema.fields : schema.members;
  return Object.entries(inner).flatMap(([key, field]) => {
    const at = path === '' ? key : `${path}.${key}`;
    const preset = schema.kind === 'choice' ? 'one of them' : defaultOf(field);
    return [{ path: at, field, text: meaning(schema, key), preset }, ...rowsIn(field, at, meaning)];
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

/** The documents that people write, each with its page and its JSON Schema. */
const DOCUMENTS = [
  {
    kind: 'Canary',
    module: 'document/parse-canary.ts',
    name: 'MANIFEST',
    schema: MANIFEST,
    parse: parseCanary,
    least: 25,
  },
  {
    kind: 'Freeze',
    module: 'freeze/freeze.ts',
    name: 'FREEZE_MANIFEST',
    schema: FREEZE_MANIFEST,
    parse: parseFreeze,
    least: 12,
  },
] as const;

describe.each(DOCUMENTS)('$kind', ({ kind, module, name, schema, parse: parseDocument, least }) => {
  const page = join(ROOT, 'docs', 'reference', `${kind.toLowerCase()}.md`);
  const schemaFile = join(ROOT, 'docs', 'reference', `${kind.toLowerCase()}.schema.json`);
  const meaning = fieldComments(join(ROOT, 'functions', 'canary', module), name, schema);
  const found = rowsIn(schema, '', meaning);
  const table = (): string =>
    [
      '| field | type | default | meaning |',
      '|---|---|---|---|',
      ...found.map(({ path, field, text, preset }) => `| \`${path}\` | ${typeOf(field)} | ${preset} | ${text} |`),
    ].join('\n');
  const file = (): string =>
    `${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', title: kind, ...jsonSchema(schema, meaning) }, null, 2)}\n`;

  test('every field has a sentence', () => {
    expect(found.length).toBeGreaterThan(least);
    for (const { path, text } of found) expect(text, path).toMatch(/\w.*\.$/);
  });

  test('the table of fields is the schema', () => {
    const text = readFileSync(page, 'utf8');
    if (process.env['UPDATE_GOLDEN'] === '1') {
      writeFileSync(
        page,
        text.replace(TABLE, (_, begin, __, end) => `${begin}\n${table()}\n\n${end}`),
      );
    }
    expect(TABLE.exec(readFileSync(page, 'utf8'))?.[2]?.trim()).toBe(table());
  });

  test('the JSON Schema is the schema', () => {
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(schemaFile, file());
    expect(readFileSync(schemaFile, 'utf8')).toBe(file());
  });

  test('the manifest of the page is taken, and holds every field of spec', () => {
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(page, 'utf8')) ?? [];
    const parsed = parseDocument(parse(yaml));
    expect(parsed).toMatchObject({ valid: true });
    // A canary has a group or several Kubernetes clusters, and the manifest a group.
    const fields = Object.keys(schema.fields.spec.fields).filter((field) => field !== 'clusters');
    expect(parsed.valid && Object.keys(parsed.value.spec)).toEqual(fields);
  });
});
