import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DOCUMENT_BYTES_MAX,
  decodeDocument,
  encodeDocument,
  PARAMETER_BYTES_MAX,
  PARTS_MAX,
  partsOf,
} from '../../functions/template-store/codec.ts';
import { largeDocument } from '../contract/template-store.ts';

const HASH = 'a'.repeat(64);
const gzip = (text: string | Buffer): string => `gzip:${gzipSync(text).toString('base64')}`;
/** Encodes and decodes; throws when it is too large. */
function roundTrip(document: unknown): unknown {
  const encoded = encodeDocument(document);
  return encoded && decodeDocument(encoded.head, encoded.parts);
}

describe('encodeDocument', () => {
  test.each<[string, unknown, RegExp, number]>([
    ['a small document is compact JSON', { a: [1, 'x'] }, /^\{"a":\[1,"x"\]\}$/, 0],
    ['one of 4,096 bytes as well', largeDocument('t', 4_096), /^\{"apiVersion"/, 0],
    ['a larger one that packs well is gzip', { note: 'abc'.repeat(5_000) }, /^gzip:H4sI/, 0],
    ['one that packs badly is in parts', largeDocument('t', 6_000), /^parts:2:[0-9a-f]{64}$/, 2],
    ['so is one of Istio’s size', largeDocument('t', 24_000), /^parts:6:[0-9a-f]{64}$/, 6],
  ])('%s', (_, document, head, parts) => {
    const encoded = encodeDocument(document);
    expect(encoded?.head).toMatch(head);
    expect(encoded?.parts.size).toBe(parts);
    expect(roundTrip(document)).toEqual({ document });
  });

  test('one that needs too many parts, or is too large to be unpacked, is not encoded', () => {
    expect(encodeDocument(largeDocument('t', PARTS_MAX * PARAMETER_BYTES_MAX * 1.1))).toBeUndefined();
    expect(encodeDocument({ note: 'a'.repeat(DOCUMENT_BYTES_MAX) })).toBeUndefined();
  });

  test('any JSON comes back, in values that Parameter Store accepts', () => {
    const braces = fc.string({ unit: fc.constantFrom('{', '}', '\\', '"', 'a', '€') });
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), fc.array(braces), (value, texts) => {
        const document = JSON.parse(JSON.stringify({ value, texts }));
        const encoded = encodeDocument(document);
        for (const text of [encoded?.head ?? '', ...(encoded?.parts.values() ?? [])]) {
          expect(text).not.toContain('{{');
          expect(Buffer.byteLength(text)).toBeLessThanOrEqual(PARAMETER_BYTES_MAX);
        }
        expect(roundTrip(document)).toEqual({ document });
      }),
      { numRuns: 500 },
    );
  });

  test('the same document is encoded alike: publishing it again writes nothing new', () => {
    expect(encodeDocument(largeDocument('t', 9_000))).toEqual(encodeDocument(largeDocument('t', 9_000)));
  });
});

describe('decodeDocument says why there is no document', () => {
  const whole = gzip(JSON.stringify({ a: 1 }));
  test.each<[string, string, string]>([
    ['nothing', '', 'it does not hold JSON'],
    ['truncated JSON', '{"a": ', 'it does not hold JSON'],
    ['gzip cut short', whole.slice(0, -20), 'its gzip data is damaged'],
    ['gzip with a changed byte', whole.replace(/.{12}$/, 'AAAAAAAAAAA='), 'its gzip data is damaged'],
    ['what is no gzip', 'gzip:e30=', 'its gzip data is damaged'],
    ['a gzip bomb', gzip(Buffer.alloc(DOCUMENT_BYTES_MAX + 1)), `it unpacks to more than ${DOCUMENT_BYTES_MAX} bytes`],
    ['gzip of half a character', gzip(Buffer.from('"\xe2"', 'latin1')), 'it does not hold UTF-8'],
    ['gzip of text', gzip('hello'), 'it does not hold JSON'],
    ['a list of parts that is none', 'parts:', 'the list of its parts is malformed'],
    ['no parts', `parts:0:${HASH}`, 'the list of its parts is malformed'],
    ['more parts than are written', `parts:17:${HASH}`, 'the list of its parts is malformed'],
    ['parts elsewhere', 'parts:1:../../../secret', 'the list of its parts is malformed'],
    ['parts that are not there', `parts:3:${HASH}`, 'part 1 of 3 is missing'],
  ])('%s', (_, head, unreadable) => {
    expect(decodeDocument(head, new Map())).toEqual({ unreadable });
  });

  test('a missing and a changed part', () => {
    const { head, parts } = encodeDocument(largeDocument('t', 9_000)) ?? { head: '', parts: new Map() };
    const [first = '', second = ''] = parts.keys();
    const without = new Map([...parts].filter(([name]) => name !== second));
    expect(decodeDocument(head, without)).toEqual({ unreadable: 'part 2 of 3 is missing' });
    const swapped = new Map([...parts, [first, parts.get(second)], [second, parts.get(first)]]);
    expect(decodeDocument(head, swapped)).toEqual({ unreadable: 'the integrity hash of its 3 parts does not match' });
  });

  test('anything at all is a document or a sentence', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string().map((s) => `gzip:${s}`),
      fc.string().map((s) => `parts:${s}`),
    );
    fc.assert(fc.property(texts, (head) => Object.keys(decodeDocument(head, new Map())).length === 1));
    fc.assert(fc.property(texts, (head) => partsOf(head).length <= PARTS_MAX));
  });
});
