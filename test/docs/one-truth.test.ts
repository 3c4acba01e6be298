import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const SOURCES = ['functions', 'infra'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${folder}/${file}`),
);

test.each<[what: string, pattern: RegExp, home: string]>([
  ['the type of a JSON object', /^(export )?type Json = /m, 'functions/json/json.ts'],
  ['dropping the oldest entry of a map', /\.(keys|values|entries)\(\)\.next\(\)/, 'functions/http/bounded-map.ts'],
  [
    'the form of a cluster’s name',
    /\^\[(?:A-Za-z0-9|a-zA-Z0-9|0-9A-Za-z)\]\[[\w.-]+\]\{0,99\}/,
    'functions/cluster-name.ts',
  ],
  ['the path of the webhook', /'\/v1\/mutate\//, 'functions/http/mutate-path.ts'],
  [
    'the path of the release API',
    /'\/apis\/outrigger\.dev|`\/apis\/\$\{CANARY_API_VERSION\}/,
    'functions/release-api/request/segments.ts',
  ],
])('%s stands once', (_what, pattern, home) => {
  const found = SOURCES.filter((file) => pattern.test(readFileSync(join(ROOT, file), 'utf8')));
  expect(found).toEqual([home]);
});
