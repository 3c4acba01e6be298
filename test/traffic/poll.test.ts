import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { POLL_CHARACTERS_MAX, readPoll } from '../../functions/traffic/poll.ts';

/** The first poll for routes of an Envoy 1.40.0, as it came. */
const RECORDED = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'polls', 'routes-1.40.json'), 'utf8');
const ROUTES = 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration';

describe('what a poll asks', () => {
  test('a recorded one, whole', () => {
    expect(RECORDED.length).toBeGreaterThan(77_000);
    expect(readPoll(RECORDED)).toEqual({ valid: true, value: { resourceNames: ['outbound'], typeUrl: ROUTES } });
  });

  test.each<[string, string, object]>([
    ['an empty one', '{}', { resourceNames: [] }],
    [
      'with a version',
      '{"version_info":"a1","resource_names":["x","y"]}',
      { version: 'a1', resourceNames: ['x', 'y'] },
    ],
    ['in protobuf’s own names', '{"versionInfo":"a","typeUrl":"t"}', { version: 'a', typeUrl: 't', resourceNames: [] }],
    ['with an empty version', '{"version_info":""}', { resourceNames: [] }],
    ['with null for nothing', '{"version_info":null,"resource_names":null}', { resourceNames: [] }],
    [
      'keys in another order',
      '{"type_url":"t","node":{},"version_info":"v"}',
      { version: 'v', typeUrl: 't', resourceNames: [] },
    ],
    ['white space anywhere', ' {\n"version_info" :\t"v" , "node" : { } } \r\n', { version: 'v', resourceNames: [] }],
    ['escapes', '{"version_info":"\\u0041\\"\\\\"}', { version: 'A"\\', resourceNames: [] }],
    [
      'unknown fields of every kind',
      '{"a":1,"b":true,"c":null,"d":[{}],"e":-1.5e3,"version_info":"v"}',
      { version: 'v', resourceNames: [] },
    ],
    ['names of fields inside the node', '{"node":{"version_info":"no","x":["version_info"]}}', { resourceNames: [] }],
    [
      'brackets and quotes in the node’s texts',
      '{"node":{"id":"}]\\"{[\\\\"},"version_info":"v"}',
      { version: 'v', resourceNames: [] },
    ],
  ])('%s', (_title, text, value) => {
    expect(readPoll(text)).toEqual({ valid: true, value });
  });

  test.each<[string, string]>([
    ['nothing', ''],
    ['a list', '[]'],
    ['a word', 'null'],
    ['a cut body', RECORDED.slice(0, 5_000)],
    ['one cut at the end', RECORDED.slice(0, -1)],
    ['something behind the end', `${RECORDED}x`],
    ['two objects', '{}{}'],
    ['no colon', '{"version_info" "v"}'],
    ['no comma', '{"a":1 "b":2}'],
    ['a comma too many', '{"a":1,}'],
    ['no value', '{"a":}'],
    ['no key', '{:1}'],
    ['a key that is no string', '{a:1}'],
    ['a key that is half a string', '{a":1}'],
    ['a string without an end', '{"a":"'],
    ['an escaped quote at the end', '{"a":"\\"'],
    ['brackets without an end', `{"a":${'['.repeat(1_000)}`],
    ['a field twice', '{"version_info":"a","version_info":"b"}'],
    ['a field by both its names', '{"version_info":"a","versionInfo":"b"}'],
    ['a version that is a number', '{"version_info":1}'],
    ['a version that is a map', '{"version_info":{}}'],
    ['a version that cannot be made a text', '{"version_info":{"toString":""}}'],
    ['a version without quotes', '{"version_info":abc}'],
    ['names that are a text', '{"resource_names":"outbound"}'],
    ['names that are numbers', '{"resource_names":[1]}'],
    ['a very long version', `{"version_info":"${'v'.repeat(5_000)}"}`],
    ['very many names', `{"resource_names":[${'"n",'.repeat(5_000)}"n"]}`],
    ['very many fields', `{${Array.from({ length: 40 }, (_, i) => `"f${i}":1`).join()}}`],
    ['too large', `{"node":"${'x'.repeat(POLL_CHARACTERS_MAX)}"}`],
  ])('refused: %s', (_title, text) => {
    const poll = readPoll(text);
    expect(poll.valid).toBe(false);
    if (!poll.valid) expect(poll.faults[0]?.message).not.toBe('');
  });

  test.each<[string, (size: number) => string, number]>([
    ['characters', (size) => `{"node":"${'x'.repeat(size - '{"node":""}'.length)}"}`, POLL_CHARACTERS_MAX],
    ['fields', (size) => `{${Array.from({ length: size }, (_, i) => `"f${i}":1`).join()}}`, 32],
    ['characters of a field', (size) => `{"version_info":"${'v'.repeat(size - 2)}"}`, 4_096],
  ])('as many %s as there may be, and not one more', (_what, textOf, most) => {
    expect([most, most + 1].map((size) => readPoll(textOf(size)).valid)).toEqual([true, false]);
  });

  test.each([
    ['{"version_info":1,"resource_names":{},"type_url":[]}', ['resource_names', 'version_info', 'type_url']],
    ['{"resource_names":["a",null]}', ['resource_names']],
    ['{"version_info":[}', ['version_info']],
    ['{"version_info":"a","versionInfo":"b"}', ['version_info']],
    ['{"a":1', ['']],
  ])('each fault has its field: %s', (text, paths) => {
    const poll = readPoll(text);
    expect(poll.valid ? [] : poll.faults.map(({ path }) => path)).toEqual(paths);
  });

  test('any JSON object is read as JSON.parse reads it', () => {
    const field = fc.constantFrom('version_info', 'type_url', 'node', 'x"y', '\\');
    fc.assert(
      fc.property(
        fc.dictionary(field, fc.jsonValue({ maxDepth: 4 }), { maxKeys: 5 }),
        fc.integer({ min: 0, max: 3 }),
        (object, indent) => {
          const poll = readPoll(JSON.stringify(object, null, indent));
          const { version_info: version = '', type_url: typeUrl = '' } = object;
          const isGood = [version, typeUrl].every((value) => value === null || typeof value === 'string');
          expect(poll.valid).toBe(isGood);
          if (poll.valid) expect(poll.value.version ?? null).toBe(version === '' ? null : version);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('any text at all is answered, and what it calls good has balanced ends', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      ',',
      ':',
      ' ',
      'a',
      '1',
      '"version_info"',
      '"node"',
      '\\"',
      'é',
      '\ud800',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const poll = readPoll(pieces.join(''));
        if (poll.valid) expect(pieces.join('').trim()).toMatch(/^\{.*\}$/s);
      }),
      { numRuns: 5_000 },
    );
  });
});
