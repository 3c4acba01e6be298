import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import jsonPatch from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { outrigger, type Run } from '../support/outrigger.ts';

const TEST = join(import.meta.dirname, '..');
const FIXTURES = join(TEST, 'fixtures', 'manifests');
const GOLDEN = join(TEST, 'golden', 'manifest');
const FILES = readdirSync(FIXTURES);
/** `UPDATE_GOLDEN=1 npx vitest run --project unit inject-manifests` writes the goldens. */
const UPDATE = process.env['UPDATE_GOLDEN'] === '1';

const runs = new Map<string, Promise<Run>>();

/** Runs `outrigger inject -f -` on a text, once for all tests that ask for the same. */
function inject(text: string, ...args: string[]): Promise<Run> {
  const key = JSON.stringify([text, args]);
  const words = ['inject', '--state-dir', join(TEST, 'none'), '-f', '-', ...args];
  const known = runs.get(key) ?? outrigger(words, { stdin: text });
  runs.set(key, known);
  return known;
}

const read = (file: string): string => readFileSync(join(FIXTURES, file), 'utf8');

/** The values of the documents; whole numbers are bigints, so that nothing is rounded away. */
function values(text: string): unknown[] {
  return [...parseAllDocuments(text, { intAsBigInt: true, merge: true })].map((d): unknown => {
    expect(d.errors).toEqual([]);
    return d.toJS();
  });
}

/** The values without `null` documents, and with plain numbers where they are exact, as the patch speaks of them. */
function comparable(text: string): unknown[] {
  return values(text)
    .filter((value) => value !== null)
    .map(plain);
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
}

describe.concurrent.each(FILES)('%s', (file) => {
  test('becomes its golden manifest', async ({ expect }) => {
    const { code, stdout } = await inject(read(file));
    expect(code).toBe(0);
    if (UPDATE) writeFileSync(join(GOLDEN, file), stdout);
    expect(stdout).toBe(readFileSync(join(GOLDEN, file), 'utf8'));
  });

  test('as YAML is the same as its patch applied', async ({ expect }) => {
    const [yaml, patch] = await Promise.all([inject(read(file)), inject(read(file), '-o', 'patch')]);
    const patches = patch.stdout.split('\n').slice(0, -1);
    const inputs = comparable(read(file));
    expect(patches).toHaveLength(inputs.length);
    const wanted = inputs.map(
      (input, i) => jsonPatch.applyPatch(input, JSON.parse(patches[i] ?? ''), true).newDocument,
    );
    expect(comparable(yaml.stdout)).toEqual(wanted);
  });

  test('injected twice is injected once', async ({ expect }) => {
    const once = await inject(read(file));
    expect(once.code).toBe(0);
    expect((await inject(once.stdout)).stdout).toBe(once.stdout);
  });
});

test('there is no golden manifest without its fixture', () => {
  expect(readdirSync(GOLDEN).sort()).toEqual([...FILES, 'companion-policy.yaml', 'webhook-configuration.yaml'].sort());
});

test('documents without a Pod keep every byte', async () => {
  const text = read('multi-document.yaml');
  const { stdout } = await inject(text);
  const untouched = ['conf', '"web"', 'last'].map((name) => pieces(text).find((p) => p.includes(`name: ${name}`)));
  expect(pieces(stdout)).toEqual(expect.arrayContaining(untouched));
  expect(pieces(stdout)).toHaveLength(pieces(text).length);
});

/** The text cut before every separator. */
function pieces(text: string): string[] {
  return text.split(/^(?=---\n)/m);
}

test.each([
  '# owned by the shop',
  '# not v1beta1',
  '# the one that serves',
  '# pinned',
  '\'a: "b"\'',
  '0x10',
])('a changed document keeps %s', async (words) => {
  expect((await inject(read('deployment.yaml'))).stdout).toContain(words);
});

test.each(['yaml', 'json'])('big whole numbers are exact in %s', async (format) => {
  const { stdout } = await inject(read('big-integers.yaml'), '-o', format);
  expect(stdout).toMatch(/"?generation"?: 9007199254740993\b/);
  expect(stdout).toMatch(/"?runAsUser"?: 9223372036854775807\b/);
});
