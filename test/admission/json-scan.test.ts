import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scanJson } from '../../functions/admission/json-scan.ts';
import { BODY_BYTES_MAX } from '../../functions/http/event.ts';

/** The depth of a value, by recursion: what the scan is held against. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

const awkward = fc.string({
  unit: fc.constantFrom('"', '\\', '[', ']', '{', '}', 'a', '\n', '\u2028', '🛶', ','),
  maxLength: 12,
});
const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 7, depthSize: 'large', withCrossShrink: true },
    fc.oneof(awkward, fc.double(), fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(awkward, tie('value'), { maxKeys: 3 }),
  ),
}));

test('agrees with recursion over the parsed value', () => {
  fc.assert(
    fc.property(json, fc.nat({ max: 8 }), fc.constantFrom(undefined, 1, '\t'), (value, max, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(scanJson(text, max).isTooDeep).toBe(depthOf(JSON.parse(text)) > max);
    }),
    { numRuns: 5_000 },
  );
});

test('any text at all has an answer', () => {
  fc.assert(
    fc.property(awkward, fc.nat({ max: 5 }), (text, max) => {
      expect(scanJson(text, max).isTooDeep).toBeTypeOf('boolean');
    }),
    { numRuns: 5_000 },
  );
});

test.each([
  ['', 0, false],
  ['1', 0, false],
  ['"[[["', 0, false],
  ['[]', 0, true],
  ['[]', 1, false],
  ['[[],[],[]]', 2, false],
  ['[[],[[]]]', 2, true],
  ['{"a":{"b":[]}}', 2, true],
  ['{"[[[[":1}', 1, false],
  ['["\\"[[["]', 1, false],
  ['["\\\\",[[]]]', 2, true],
  ['["\\\\\\"",[]]', 2, false],
  ['["unfinished [[[', 1, false],
  ['[[[["', 3, true],
])('%s is deeper than %i: %j', (text, max, expected) => {
  expect(scanJson(text, max).isTooDeep).toBe(expected);
});

/** A review whose `spec` nests so many levels below level 3, with a text before it and another before the managedFields. */
function reviewWith(levels: number, texts = '', before = ''): string {
  const spec = `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const metadata = `{"name":"${before}","managedFields":[{"manager":"[{"}],"labels":{}}`;
  return `{"request":{"object":{"metadata":${metadata},"texts":"${texts}","spec":${spec}}}}`;
}

test.each([
  ['as deep as it may', reviewWith(5), false],
  ['one level deeper', reviewWith(6), true],
  ['with brackets in a text alone', reviewWith(5, '[[[[{{{{'), false],
])('what stands after the managedFields counts: %s', (_what, text, isTooDeep) => {
  const { isTooDeep: found, managedFields } = scanJson(text, 8);
  expect(found).toBe(isTooDeep);
  const cut = managedFields && text.slice(managedFields.start, managedFields.end);
  expect(cut).toBe(isTooDeep ? undefined : '[{"manager":"[{"}]');
});

test('and where places in bytes lie behind places in characters', () => {
  expect(scanJson(reviewWith(5, '', 'é'.repeat(500)), 8).isTooDeep).toBe(false);
  expect(scanJson(reviewWith(6, '', 'é'.repeat(500)), 8).isTooDeep).toBe(true);
});

test('text beyond the size of a body counts as too deep, however few brackets it has', () => {
  expect(scanJson(`["${'x'.repeat(BODY_BYTES_MAX)}"]`, 500).isTooDeep).toBe(true);
});

test.each([
  ['backslashes', `["${'\\\\'.repeat(1_000_000)}"]`],
  ['escaped quotes', `["${'\\"'.repeat(1_000_000)}"]`],
  ['short strings', `[${'"",'.repeat(700_000)}""]`],
  ['an unfinished string', `["${'x'.repeat(2_000_000)}`],
  ['an unfinished escape', `["${'\\'.repeat(2_000_000)}`],
])('2 MB of %s in linear time', (_what, text) => {
  const started = performance.now();
  expect(scanJson(text, 1).isTooDeep).toBe(false);
  expect(performance.now() - started).toBeLessThan(500);
});
