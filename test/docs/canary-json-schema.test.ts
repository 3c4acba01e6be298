import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCanary } from '../../functions/canary/document/parse-canary.ts';
import { isRecord } from '../../functions/json/faults.ts';
import { anyJson } from '../support/arbitraries.ts';
import { pathsIn, replaced } from '../support/value-paths.ts';
import { at } from '../support/values.ts';

const FILE = join(import.meta.dirname, '..', '..', 'docs', 'reference', 'canary.schema.json');
const isTaken = new Ajv({ allErrors: false }).compile(JSON.parse(readFileSync(FILE, 'utf8')));
const GOOD: unknown = {
  apiVersion: 'outrigger.dev/v1alpha1',
  kind: 'Canary',
  metadata: { name: 'cart', namespace: 'shop', labels: { a: 'b' }, annotations: {} },
  spec: {
    service: { name: 'cart', port: 80 },
    backends: [
      { name: 'canary', service: 'c', port: 81 },
      { name: 'stable', service: 's', port: 81 },
    ],
    totalWeight: 10_000,
    exportTo: ['.', 'a'],
    match: [{ headers: { 'X-A': { exact: 'b' } } }, { cookies: { A: { prefix: 'c' }, B: { present: true } } }],
    sessionAffinity: { hashOn: [{ header: 'X-U' }, { cookie: 'Q' }, { sourceIP: true }] },
    mirror: { percentage: 0.07 },
    strategy: {
      steps: [{ setWeight: 0.07 }, { pause: { duration: '5m' } }, { setWeight: 50 }],
      analysis: { latency: { quantiles: [50, 99], slowerThan: '300ms' }, minimum: { time: '2m' } },
    },
  },
};
/** What looks at several fields, at the keys of a map, or at decimals: a JSON Schema knows none of them. */
const RULES =
  /^(must name a header or a cookie|stable and canary must be two|must be a headless Service|there is another|is not a |is there twice|must be a number from 0|must be a number from 1|must be more than the step|must be a whole number of percent|must be a time from|must be a share from|must be at least the minimum)/;
const value = fc.oneof(
  anyJson,
  fc.constantFrom<unknown>('s', 'stable', 'X Y', 1, 1.5, -1, 100, 65_536, true, [], {}, [1], ['*'], { exact: 'q' }),
  fc.constantFrom<unknown>({ more: 1 }, { present: true }, { exact: 'q', prefix: 'q' }, 'a'.repeat(64), [{}, {}, {}]),
);

/** An absent field may be written as null, a name as the empty text; an editor need not propose it. */
function standsForAbsent(changed: unknown): boolean {
  return changed === null || changed === '';
}

test('the JSON Schema takes and refuses what the parser does, but for rules', () => {
  const seen = { taken: 0, refused: 0 };
  fc.assert(
    fc.property(fc.constantFrom(...pathsIn(GOOD)), value, fc.boolean(), (path, changed, isMore) => {
      const found = at(GOOD, ...path);
      const document = replaced(GOOD, path, isMore && isRecord(found) ? { ...found, more: changed } : changed);
      const parsed = parseCanary(document);
      const faults = parsed.valid ? [] : parsed.faults.map(({ message }) => message);
      if (isTaken(document)) expect(faults.filter((message) => !RULES.test(message))).toEqual([]);
      else if (!standsForAbsent(changed)) expect(faults).not.toEqual([]);
      seen[parsed.valid ? 'taken' : 'refused']++;
    }),
    { numRuns: 3_000 },
  );
  expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(50);
});
