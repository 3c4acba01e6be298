import { describe, expect, test } from 'vitest';
import { CanaryStoreError } from '../../functions/errors.ts';
import { readAnswer, readAudit, readCanary, readProxyReport, writeStored } from '../../functions/table/stored.ts';
import { answerOf, auditOf, canaryOf, reportOf } from '../support/stored-canaries.ts';

type Change = (canary: Record<string, Record<string, unknown>>) => void;

/** A copy of a good canary, changed by hand. */
function changed(change: Change): unknown {
  const copy = JSON.parse(JSON.stringify(canaryOf()));
  change(copy);
  return copy;
}

test('what was written is read', () => {
  expect(readCanary(JSON.parse(writeStored('canary', canaryOf())), 'x')).toEqual(canaryOf());
});

describe('a canary that was changed by hand is refused with its place and field:', () => {
  test.each<[field: string, title: string, Change]>([
    ['metadata', 'no metadata', (c) => delete c['metadata']],
    ['metadata.name', 'no name', (c) => delete c['metadata']?.['name']],
    [
      'metadata.resourceVersion',
      'a version that is no text',
      (c) => Object.assign(c['metadata'] ?? {}, { resourceVersion: 3 }),
    ],
    [
      'metadata.resourceVersion',
      'a version that is no decimal',
      (c) => Object.assign(c['metadata'] ?? {}, { resourceVersion: '1e3' }),
    ],
    [
      'metadata.resourceVersion',
      'a version past what can be counted',
      (c) => Object.assign(c['metadata'] ?? {}, { resourceVersion: '9'.repeat(16) }),
    ],
    ['metadata.labels', 'labels that are a list', (c) => Object.assign(c['metadata'] ?? {}, { labels: null })],
    ['spec', 'no spec', (c) => delete c['spec']],
    [
      'spec.backends',
      'one backend',
      (c) => Object.assign(c['spec'] ?? {}, { backends: canaryOf().spec.backends.slice(1) }),
    ],
    [
      'spec.service',
      'a port that is a text',
      (c) => Object.assign(c['spec'] ?? {}, { service: { name: 'cart', port: '80' } }),
    ],
    [
      'status.weights',
      'weights that miss the total',
      (c) => Object.assign(c['status'] ?? {}, { weights: { stable: 90, canary: 11 } }),
    ],
    [
      'status.weights',
      'a negative weight',
      (c) => Object.assign(c['status'] ?? {}, { weights: { stable: 101, canary: -1 } }),
    ],
    [
      'status.weights',
      'a broken weight',
      (c) => Object.assign(c['status'] ?? {}, { weights: { stable: 99.5, canary: 0.5 } }),
    ],
    [
      'status.weights',
      'a weight that is a text',
      (c) => Object.assign(c['status'] ?? {}, { weights: { stable: '90', canary: 10 } }),
    ],
    ['status.phase', 'no phase', (c) => delete c['status']?.['phase']],
    ['status.targets', 'targets that are a map', (c) => Object.assign(c['status'] ?? {}, { targets: {} })],
    [
      'status.targets',
      'a target without a time',
      (c) => Object.assign(c['status'] ?? {}, { targets: [{ revision: 1 }] }),
    ],
    ['status.conditions', 'a condition that is null', (c) => Object.assign(c['status'] ?? {}, { conditions: [null] })],
    [
      'status.awaiting',
      'awaiting without an end',
      (c) => Object.assign(c['status'] ?? {}, { awaiting: { resourceVersion: '1' } }),
    ],
  ])('%s: %s', (field, _, change) => {
    expect(() => readCanary(changed(change), 'canary#shop#cart')).toThrow(
      new CanaryStoreError(`the stored canary at canary#shop#cart cannot be read (${field}): correct it or delete it`, {
        field,
      }),
    );
  });

  test.each([undefined, null, 7, 'x', [], {}])('%j', (value) => {
    expect(() => readCanary(value, 'x')).toThrow(CanaryStoreError);
  });
});

test.each<[string, (value: unknown) => unknown, unknown]>([
  ['audit entry', (v) => readAudit(v, 'x'), auditOf(canaryOf())],
  ['answer', (v) => readAnswer(v, 'x'), answerOf(1)],
  ['proxy report', (v) => readProxyReport(v, 'x'), reportOf(1)],
])('%s: as it was written, or refused', (_, read, good) => {
  expect(read(good)).toEqual(good);
  for (const bad of [undefined, null, [], {}, 'x', canaryOf()]) expect(() => read(bad)).toThrow(CanaryStoreError);
});
