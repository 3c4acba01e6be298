import { describe, expect, test } from 'vitest';
import { wrongField } from '../../functions/canary/document/canary-schema.ts';
import { awaitingFor } from '../support/releases.ts';
import { canaryOf } from '../support/stored-canaries.ts';
import { pathsIn, replaced } from '../support/value-paths.ts';

const GOOD: unknown = JSON.parse(
  JSON.stringify({ ...canaryOf(), status: { ...canaryOf().status, atRest: true, awaiting: awaitingFor(7) } }),
);

/** What the store's readers take as it is: texts of callers, and what `check-canary.ts` reads before it is served. */
const FREE =
  /^(metadata\.(labels|annotations)\.|spec\.(exportTo|match)\.|spec\.(mirror|sessionAffinity)|status\.(observedGeneration|conditions\.\d\.observedGeneration)|status\.targets\.\d\.(exportTo|keepUntil|fallbackFrom)$)/;
const CHECKED = pathsIn(GOOD).filter((path) => !FREE.test(path.join('.')));

test('a good canary has no wrong field, with what older versions did not write or without', () => {
  expect(wrongField(GOOD)).toBeUndefined();
  expect(wrongField(JSON.parse(JSON.stringify(canaryOf())))).toBeUndefined();
});

describe.each(CHECKED.map((path) => [path.join('.'), path] as const))('a wrong "%s"', (name, path) => {
  test.each([[null], [{ a: [] }]])('%j is found in its field', (wrong) => {
    const isMap = /^metadata\.(labels|annotations)$/.test(name) && wrong !== null;
    const field = name.split('.').slice(0, 2).join('.');
    const found = name === '' && wrong !== null ? 'apiVersion' : name === 'spec.totalWeight' ? 'status.weights' : field;
    const inside = ['metadata', 'spec', 'status'].includes(name) && wrong !== null;
    const answer = wrongField(replaced(GOOD, path, wrong));
    if (isMap) expect(answer).toBeUndefined();
    else if (inside) expect(answer).toMatch(new RegExp(`^(${name}|status)\\.`));
    else expect(answer).toBe(name === '' && wrong === null ? 'the whole of it' : found);
  });
});

test.each([
  ['status.weights', ['status', 'weights'], { stable: 0, canary: 100 }, undefined],
  ['status.weights', ['status', 'weights'], { stable: 101, canary: -1 }, 'status.weights'],
  ['status.weights', ['status', 'weights'], { stable: 1, canary: 100 }, 'status.weights'],
  [
    'three backends',
    ['spec', 'backends'],
    [1, 2, 3].map(() => ({ name: 'a', service: 'b', port: 1 })),
    'spec.backends',
  ],
  ['one backend', ['spec', 'backends'], [{ name: 'a', service: 'b', port: 1 }], 'spec.backends'],
  ['a version of 16 digits', ['metadata', 'resourceVersion'], '1'.repeat(16), 'metadata.resourceVersion'],
  ['a version of 15 digits', ['metadata', 'resourceVersion'], '1'.repeat(15), undefined],
])('%s', (_name, path, value, field) => {
  expect(wrongField(replaced(GOOD, path, value))).toBe(field);
});
