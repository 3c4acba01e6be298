import { describe, expect, test } from 'vitest';
import { readStatus } from '../../functions/injection/status-annotation.ts';
import { podOf } from '../support/pods.ts';

const read = (status: unknown) =>
  readStatus(
    podOf(
      {},
      { annotations: { 'outrigger.dev/status': typeof status === 'string' ? status : JSON.stringify(status) } },
    ),
  );
const ONE = { name: 'proxy', version: '7', hash: 'abc' };

test('a status of ours is read', () => {
  const { templates, containers } = read({
    templates: [ONE, { ...ONE, name: 'agent' }],
    containers: ['proxy', 'init'],
  });
  expect([...templates]).toEqual([
    ['proxy', { version: '7', hash: 'abc' }],
    ['agent', { version: '7', hash: 'abc' }],
  ]);
  expect(containers).toEqual(['proxy', 'init']);
});

describe('a template is as if it were not there', () => {
  test.each<[what: string, entry: unknown]>([
    ['null', null],
    ['a text', 'proxy'],
    ['a list', ['proxy', '7', 'abc']],
    ['without a name', { version: '7', hash: 'abc' }],
    ['without a version', { name: 'proxy', hash: 'abc' }],
    ['without a hash', { name: 'proxy', version: '7' }],
    ['with a version that is a number', { ...ONE, version: 7 }],
    ['with a name that is none', { ...ONE, name: '../x' }],
    ['with a version that is a sentence', { ...ONE, version: 'a b' }],
    ['with a hash that is too long', { ...ONE, hash: 'x'.repeat(65) }],
    ['with an empty hash', { ...ONE, hash: '' }],
  ])('%s', (_what, entry) => {
    const { templates } = read({ templates: [entry, { ...ONE, name: 'agent' }] });
    expect([...templates.keys()]).toEqual(['agent']);
  });
});

describe('a status that is not ours is none', () => {
  test.each<[what: string, status: unknown]>([
    ['no JSON', '{'],
    ['a list', []],
    ['null', 'null'],
    ['lists that are none', { templates: ONE, containers: 'proxy' }],
    ['names that are none', { containers: [7, null, 'a b', 'A', ''] }],
  ])('%s', (_what, status) => {
    expect(read(status)).toEqual({ templates: new Map(), containers: [] });
  });

  test('nor is one that is no text, or absent', () => {
    const none = { templates: new Map(), containers: [] };
    expect(readStatus(podOf({}, { annotations: { 'outrigger.dev/status': { containers: ['proxy'] } } }))).toEqual(none);
    expect(readStatus(podOf())).toEqual(none);
  });

  test('nor one that is too long; the longest is read', () => {
    const text = JSON.stringify({ containers: ['proxy'] });
    expect(read(text.padEnd(16_384)).containers).toEqual(['proxy']);
    expect(read(text.padEnd(16_385)).containers).toEqual([]);
  });

  test('of many names the first 64 are looked at', () => {
    const names = Array.from({ length: 66 }, (_, i) => `c${i}`);
    const { templates, containers } = read({ templates: names.map((name) => ({ ...ONE, name })), containers: names });
    expect(containers).toEqual(names.slice(0, 64));
    expect([...templates.keys()]).toEqual(names.slice(0, 64));
  });
});
