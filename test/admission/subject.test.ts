import { expect, test } from 'vitest';
import { subjectOf } from '../../functions/admission/subject.ts';
import { podOf } from '../support/pods.ts';
import { requestOf } from '../support/reviews.ts';

type Row = [
  what: string,
  metadata: Record<string, unknown>,
  request: Record<string, unknown>,
  subject: Record<string, unknown>,
];

test.each<Row>([
  [
    'a Pod with a name',
    {},
    { name: 'shop-0' },
    { name: 'shop-0', namespace: 'shop', operation: 'CREATE', dryRun: false },
  ],
  ['the name of the object stands in', { name: 'bare' }, {}, { name: 'bare' }],
  ['generateName stands in', { name: undefined, generateName: 'shop-5d-' }, {}, { name: 'shop-5d-…' }],
  ['no name at all', { name: undefined }, {}, { name: '' }],
  [
    'the owner stands beside it',
    {
      ownerReferences: [
        { kind: 'ReplicaSet', name: 'shop-5d' },
        { kind: 'X', name: 'y' },
      ],
    },
    {},
    { owner: 'ReplicaSet/shop-5d' },
  ],
  ['the namespace of the request counts', { namespace: 'forged' }, { namespace: 'real' }, { namespace: 'real' }],
  ['a long name is cut', { name: 'x'.repeat(1_000) }, {}, { name: 'x'.repeat(253) }],
  ['a long namespace is cut', {}, { namespace: 'x'.repeat(1_000) }, { namespace: 'x'.repeat(253) }],
  ['a dry run', {}, { dryRun: true }, { dryRun: true }],
  ['an owner without kind', { ownerReferences: [{ name: 'x' }] }, {}, { owner: expect.stringMatching(/x$/) }],
  [
    'an owner whose kind is no text',
    { ownerReferences: [{ kind: { toString: 1, valueOf: 2 }, name: 'x' }] },
    {},
    { name: 'shop' },
  ],
  ['an owner that is null', { ownerReferences: [null] }, {}, { name: 'shop' }],
])('%s', (_what, metadata, request, subject) => {
  expect(subjectOf(requestOf(podOf({}, metadata), request))).toMatchObject(subject);
});

test('a Pod without owners has none', () => {
  expect(subjectOf(requestOf(podOf()))).not.toHaveProperty('owner');
});

test.each([
  null,
  [],
  'x',
  7,
  {},
  { metadata: null },
  { metadata: 'x' },
])('an object that is %j has no name', (object) => {
  expect(subjectOf(requestOf(object))['name']).toBe('');
});
