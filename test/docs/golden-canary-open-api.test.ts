import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CANARY } from '../../functions/canary/document/canary-schema.ts';
import { openApiDocument } from '../../functions/release-api/documents/open-api.ts';
import { manifestOf } from '../support/canaries.ts';
import { fieldComments } from '../support/field-comments.ts';
import { CANARIES, openReleaseEntryPoint } from '../support/release-entry-point.ts';
import { at } from '../support/values.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FILE = join(ROOT, 'functions', 'release-api', 'documents', 'open-api.json');
const GROUP_PATH = '/openapi/v3/apis/outrigger.dev/v1alpha1';

/** The paths of what a value holds that a schema of the document does not describe. */
function undescribed(value: unknown, schema: unknown, schemas: unknown, path: string): readonly string[] {
  const named = at(schema, 'allOf', 0, '$ref');
  if (typeof named === 'string') return undescribed(value, at(schemas, named.split('/').at(-1) ?? ''), schemas, path);
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => undescribed(item, at(schema, 'items'), schemas, `${path}[${i}]`));
  }
  if (typeof value !== 'object' || value === null) return at(schema, 'type') === undefined ? [path] : [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const described = at(schema, 'properties', key) ?? at(schema, 'additionalProperties');
    return described === undefined ? [`${path}.${key}`] : undescribed(inner, described, schemas, `${path}.${key}`);
  });
}

test('open-api.json is what the schema and its comments make; UPDATE_GOLDEN=1 writes it again', () => {
  const meaning = fieldComments(join(ROOT, 'functions/canary/document/canary-schema.ts'), 'CANARY', CANARY);
  const text = `${JSON.stringify(openApiDocument(meaning), null, 1)}\n`;
  if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(FILE, text);
  expect(readFileSync(FILE, 'utf8')).toBe(text);
});

test('every field of a canary in the middle of a release is in the document', async () => {
  const { ask, at: setClock } = openReleaseEntryPoint();
  const strategy = { steps: [{ setWeight: 10 }, { pause: {} }, { setWeight: 50 }] };
  await ask('POST', CANARIES, { body: manifestOf({ strategy }) });
  setClock(80);
  const started = await ask('POST', `${CANARIES}/cart/start`);
  expect(started.status).toBe(200);
  const { body: canary } = await ask('GET', `${CANARIES}/cart`);
  expect(at(canary, 'status', 'release', 'state')).toBe('Baseline');
  const { body: document } = await ask('GET', GROUP_PATH);
  const schemas = at(document, 'components', 'schemas');
  const schema = at(schemas, 'dev.outrigger.v1alpha1.Canary');
  expect(undescribed(canary, schema, schemas, '')).toEqual([]);
  expect(undescribed({ spec: { strategi: 1 } }, schema, schemas, '')).toEqual(['.spec.strategi']);
});

test('the document is kept by its hash, and PATCH takes fieldValidation, so that the server validates', async () => {
  const { ask } = openReleaseEntryPoint();
  const index = await ask('GET', '/openapi/v3');
  const address = String(at(index.body, 'paths', 'apis/outrigger.dev/v1alpha1', 'serverRelativeURL'));
  const [path, query = ''] = address.split('?');
  expect(path).toBe(GROUP_PATH);
  const kept = await ask('GET', GROUP_PATH, { query });
  expect(kept.headers['cache-control']).toBe('public, immutable');
  expect(Date.parse(kept.headers['expires'] ?? '')).toBeGreaterThan(Date.parse('2026-11-22T00:00:00Z'));
  const other = await ask('GET', GROUP_PATH, { query: 'hash=0' });
  expect(other.headers['cache-control']).toBe('no-cache');
  const again = await ask('GET', GROUP_PATH, { headers: { 'if-none-match': kept.headers['etag'] ?? '' } });
  expect(again.status).toBe(304);
  const patch = at(kept.body, 'paths', '/apis/outrigger.dev/v1alpha1/namespaces/{namespace}/canaries/{name}', 'patch');
  const names = at(patch, 'parameters');
  expect((Array.isArray(names) ? names : []).map((one) => at(one, 'name'))).toContain('fieldValidation');
});
