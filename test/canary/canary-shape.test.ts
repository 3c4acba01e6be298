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

test('a canary with nothing but what the first version wrote is read: fields that came later are optional', () => {
  const target = {
    revision: 1,
    service: { name: 'cart', port: 80 },
    backends: ['stable', 'canary'].map((name) => ({ name, service: `cart-${name}`, port: 80 })),
    routesFrom: '2026-11-22T12:00:00.000Z',
  };
  const metadata = { name: 'cart', namespace: 'shop', uid: 'u', generation: 1, resourceVersion: '1' };
  const first = {
    apiVersion: 'outrigger.dev/v1alpha1',
    kind: 'Canary',
    metadata: { ...metadata, creationTimestamp: '2026-11-22T12:00:00.000Z', labels: {}, annotations: {} },
    spec: { service: target.service, backends: target.backends, totalWeight: 100, exportTo: ['*'], match: [] },
    status: {
      observedGeneration: 1,
      phase: 'Initializing',
      weights: { stable: 100, canary: 0 },
      targets: [target],
      conditions: [],
      lastTransitionTime: '2026-11-22T12:00:00.000Z',
    },
  };
  expect(wrongField(first)).toBeUndefined();
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
