import { expect, test } from 'vitest';
import { parseClusterRecord } from '../../functions/template/cluster-record.ts';

test('an empty record is all defaults', () => {
  expect(parseClusterRecord({})).toEqual({
    valid: true,
    value: {
      policy: 'enabled',
      defaultTemplates: [],
      neverSelectors: [],
      alwaysSelectors: [],
      channel: 'stable',
      minEpoch: 0,
    },
  });
});

test('a full record is kept, and what a newer version wrote is passed over', () => {
  const record = { policy: 'disabled', defaultTemplates: ['a', 'b'], channel: 'canary', minEpoch: 3 };
  const selector = { matchLabels: { app: 'x' } };
  const parsed = parseClusterRecord({
    ...record,
    neverSelectors: [selector],
    alwaysSelectors: [{}, selector],
    issuer: 'https://example.com',
    next: { channel: 'canary', share: 10 },
  });
  const read = { matchLabels: new Map([['app', 'x']]), matchExpressions: [] };
  const all = { matchLabels: new Map(), matchExpressions: [] };
  expect(parsed).toEqual({
    valid: true,
    value: { ...record, neverSelectors: [read], alwaysSelectors: [all, read] },
  });
});

test('a record is frozen', () => {
  const parsed = parseClusterRecord({ defaultTemplates: ['a'] });
  expect(parsed.valid && [parsed.value, parsed.value.defaultTemplates].every(Object.isFrozen)).toBe(true);
});

test.each<[string, string[], unknown]>([
  ['null', [''], null],
  ['a list', [''], []],
  ['a text', [''], 'enabled'],
  ['an unknown policy', ['policy'], { policy: 'Enabled' }],
  ['default templates that are a text', ['defaultTemplates'], { defaultTemplates: 'a' }],
  ['a default template that is no name', ['defaultTemplates[1]'], { defaultTemplates: ['a', '../b'] }],
  ['neverSelectors that are a map', ['neverSelectors'], { neverSelectors: {} }],
  ['a neverSelector that is null', ['neverSelectors[0]'], { neverSelectors: [null] }],
  [
    'a bad operator',
    ['alwaysSelectors[0].matchExpressions[0].operator'],
    { alwaysSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Is' }] }] },
  ],
  ['a channel that begins with a digit', ['channel'], { channel: '1st' }],
  ['a channel with a slash', ['channel'], { channel: 'a/b' }],
  ['an empty channel', ['channel'], { channel: '' }],
  ['a channel of 101 characters', ['channel'], { channel: 'a'.repeat(101) }],
  ['a minEpoch in quotes', ['minEpoch'], { minEpoch: '3' }],
  ['a negative minEpoch', ['minEpoch'], { minEpoch: -1 }],
  ['a minEpoch beyond 2^53', ['minEpoch'], { minEpoch: 2 ** 53 }],
  ['two faults at once', ['channel', 'policy'], { policy: 'x', channel: '' }],
])('%s is refused at %j', (_case, paths, document) => {
  const parsed = parseClusterRecord(document);
  expect(parsed.valid ? [] : parsed.faults.map((f) => f.path)).toEqual(paths);
});
