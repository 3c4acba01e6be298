import { describe, expect, test } from 'vitest';
import { isSameButDefaults, straysOf } from '../../functions/injection/apply/beyond.ts';
import { CONTAINER } from '../../functions/kubernetes/merge/merge-keys.ts';
import { ruleOf } from '../../functions/kubernetes/merge/rule.ts';

type Json = Record<string, unknown>;

const NONE = { fields: [] };
const fieldsBeyond = (live: Json, wanted: Json): readonly string[] =>
  straysOf({ name: 'agent', ...live }, wanted, NONE).map(({ field }) => field);

describe('a field of a container goes beyond the template', () => {
  test.each<[what: string, live: Json, wanted: Json]>([
    ['a longer list', { args: ['a', 'b'] }, { args: ['a'] }],
    ['a shorter list', { args: ['a'] }, { args: ['a', 'b'] }],
    ['a list of the same length', { args: ['b'] }, { args: ['a'] }],
    ['a list of maps with another field', probe({ httpHeaders: [{ name: 'a', value: 'b', more: 1 }] }), probe(HEADERS)],
    ['a list in place of a text', { args: ['a'] }, { args: 'a' }],
    ['a list in place of a map', { securityContext: ['a'] }, { securityContext: { a: 1 } }],
    ['a map in place of a text', { image: { a: '1' } }, { image: 'x' }],
    ['a map in place of a list', { args: { 0: 'a' } }, { args: ['a'] }],
    ['an empty map in place of a text', { image: {} }, { image: 'x' }],
    ['a text in place of a map', { securityContext: 'x' }, { securityContext: { a: 1 } }],
    ['another text', { image: 'y' }, { image: 'x' }],
    ['a field of a map', { securityContext: { runAsUser: 0 } }, { securityContext: {} }],
    ['a field where the template says null', { securityContext: { runAsUser: 0 } }, { securityContext: null }],
    ['elements that are no maps', { env: ['x'] }, { env: [{ name: 'A' }] }],
    ['resources that are no map', { resources: 'much' }, {}],
    ['limits that are no map', { resources: { limits: 'much' } }, { resources: { limits: { cpu: '1' } } }],
    ['another limit', { resources: { limits: { cpu: '2' } } }, { resources: { limits: { cpu: '1' } } }],
    ['another request', { resources: { requests: { cpu: '2' } } }, { resources: { requests: { cpu: '1' } } }],
    ['claims', { resources: { claims: [{ name: 'gpu' }] } }, { resources: {} }],
    [
      'more claims',
      { resources: { claims: [{ name: 'gpu' }, { name: 'x' }] } },
      { resources: { claims: [{ name: 'gpu' }] } },
    ],
  ])('%s', (_what, live, wanted) => {
    expect(fieldsBeyond(live, wanted)).toEqual(Object.keys(live));
  });
});

const HEADERS = { httpHeaders: [{ name: 'a', value: 'b' }] };
function probe(httpGet: Json): Json {
  return { livenessProbe: { httpGet: { port: 80, ...httpGet } } };
}

describe('a field of a container says no more than the template', () => {
  test.each<[what: string, live: Json, wanted: Json]>([
    ['null', { command: null, env: null, resources: null }, {}],
    ['null where the template says something', { command: null }, { command: ['a'] }],
    ['null within', { securityContext: { runAsUser: null } }, { securityContext: {} }],
    ['undefined within', { securityContext: { runAsUser: undefined } }, { securityContext: {} }],
    [
      'the same text, list and map',
      { image: 'x', args: ['a'], ...probe(HEADERS) },
      { image: 'x', args: ['a'], ...probe(HEADERS) },
    ],
    ['a default', { terminationMessagePolicy: 'File' }, {}],
    ['a default within', probe({ scheme: 'HTTP', ...HEADERS }), probe(HEADERS)],
    ['what the API server leaves out', { tty: false, command: [], securityContext: {} }, {}],
    [
      'a number for a text',
      { livenessProbe: { httpGet: { port: '80' } } },
      { livenessProbe: { httpGet: { port: 80 } } },
    ],
    ['a limit written otherwise', { resources: { limits: { cpu: 1 } } }, { resources: { limits: { cpu: '1000m' } } }],
    ['limits of null', { resources: { limits: null } }, { resources: { limits: { cpu: '1' } } }],
    [
      'a limit where the template says null',
      { resources: { limits: { cpu: '1' } } },
      { resources: { limits: { cpu: null } } },
    ],
    [
      'requests beside limits',
      { resources: { limits: { cpu: '1' }, requests: { cpu: '1' } } },
      { resources: { limits: { cpu: '1' } } },
    ],
    ['the same claims', { resources: { claims: [{ name: 'gpu' }] } }, { resources: { claims: [{ name: 'gpu' }] } }],
    ['resources of which the template says nothing', { resources: { limits: { cpu: '1' } } }, {}],
    ['resources of which it says null', { resources: { limits: { cpu: '1' } } }, { resources: null }],
    ['limits of which it says null', { resources: { limits: { cpu: '1' } } }, { resources: { limits: null } }],
  ])('%s', (_what, live, wanted) => {
    expect(fieldsBeyond(live, wanted)).toEqual([]);
  });
});

test('a stray element of a list is told with the element, one that is no map without', () => {
  const mine = { name: 'MINE', value: '1' };
  expect(straysOf({ env: [{ name: 'A' }, mine] }, { env: [{ name: 'A' }] }, NONE)).toEqual([
    { field: 'env', element: mine },
  ]);
  expect(straysOf({ env: ['text', 7] }, {}, NONE)).toEqual([{ field: 'env' }, { field: 'env' }]);
  expect(straysOf({ env: [mine] }, { env: 'text' }, NONE)).toEqual([{ field: 'env', element: mine }]);
});

test('the host port that the API server gives is no stray on the host network, and one elsewhere', () => {
  const ports = [{ containerPort: 80, hostPort: 80 }];
  const wanted = { ports: [{ containerPort: 80 }] };
  expect(straysOf({ ports }, wanted, { fields: [], hostNetwork: true })).toEqual([]);
  expect(straysOf({ ports }, wanted, { fields: [], hostNetwork: false })).toHaveLength(1);
  expect(straysOf({ ports }, wanted, NONE)).toHaveLength(1);
});

describe('two elements are the same but for the defaults', () => {
  const rule = ruleOf(CONTAINER, 'ports');
  const element = rule?.kind === 'list' ? rule.element : undefined;
  test.each<[live: Json, wanted: Json, isSame: boolean]>([
    [{ containerPort: 80, protocol: 'TCP' }, { containerPort: 80 }, true],
    [{ containerPort: 80 }, { containerPort: 80 }, true],
    [{ containerPort: 80, hostPort: 80 }, { containerPort: 80 }, false],
    [{ containerPort: 80 }, { containerPort: 80, hostPort: 80 }, false],
    [{ containerPort: 80, protocol: 'UDP' }, { containerPort: 80 }, false],
  ])('%j, %j: %s', (live, wanted, isSame) => {
    expect(isSameButDefaults('ports', live, wanted, element)).toBe(isSame);
  });
});
