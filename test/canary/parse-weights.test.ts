import { describe, expect, test } from 'vitest';
import { parseReason, parseRetry, parseWeights } from '../../functions/canary/document/parse-weights.ts';

const weights = (stable: unknown, canary: unknown) => ({
  backends: [
    { name: 'stable', weight: stable },
    { name: 'canary', weight: canary },
  ],
});

/** Their two backends, each with something more. */
const backendsOf = ({ backends }: ReturnType<typeof weights>, more: Readonly<Record<string, unknown>> = {}) =>
  backends.map((backend) => ({ ...backend, ...more }));

describe('weights', () => {
  test('are taken in either order, with a reason, and as they were read', () => {
    const document = {
      apiVersion: 'outrigger.dev/v1alpha1',
      kind: 'CanaryWeights',
      metadata: { resourceVersion: '3' },
      totalWeight: 100,
      phase: 'Initialized',
      backends: [
        { name: 'canary', weight: 20 },
        { name: 'stable', weight: 80 },
      ],
      reason: 'quiet hours',
    };
    expect(parseWeights(document, 100)).toEqual({
      valid: true,
      value: { weights: { stable: 80, canary: 20 }, reason: 'quiet hours' },
    });
  });

  test.each<[string, unknown, ...paths: string[]]>([
    ['that are negative', weights(101, -1), 'backends[0].weight', 'backends[1].weight'],
    ['above the total', weights(0, 101), 'backends[1].weight'],
    ['that are fractions', weights(87.5, 12.5), 'backends[0].weight', 'backends[1].weight'],
    ['that are text', weights('80%', '20%'), 'backends[0].weight', 'backends[1].weight'],
    ['that JSON cannot hold', weights(null, 100), 'backends[0].weight'],
    ['whose sum is too small', weights(50, 20), 'backends'],
    ['whose sum is too large', weights(90, 20), 'backends'],
    ['that are all zero', weights(0, 0), 'backends'],
    [
      'of an unknown track',
      {
        backends: [
          { name: 'stable', weight: 80 },
          { name: 'beta', weight: 20 },
        ],
      },
      'backends[1].name',
    ],
    [
      'of one track twice',
      {
        backends: [
          { name: 'stable', weight: 80 },
          { name: 'stable', weight: 20 },
        ],
      },
      'backends[1].name',
    ],
    ['of one track only', { backends: [{ name: 'stable', weight: 100 }] }, 'backends'],
    ['without names', { backends: [{ weight: 80 }, { weight: 20 }] }, 'backends[0].name', 'backends[1].name'],
    ['in a shape of their own', { canary: 20 }, 'canary', 'backends'],
    [
      'in a third backend besides',
      { backends: [...backendsOf(weights(80, 20)), { name: 'canary', weight: 0 }] },
      'backends',
    ],
    ['with a backend that is a text', { backends: ['stable', ...backendsOf(weights(80, 20)).slice(1)] }, 'backends[0]'],
    [
      'with more about a backend',
      { backends: backendsOf(weights(80, 20), { port: 80 }) },
      'backends[0].port',
      'backends[1].port',
    ],
    ['with a weight left out', { backends: backendsOf(weights(undefined, 100)) }, 'backends[0].weight'],
    ['with a reason that is a number', { ...weights(80, 20), reason: 1 }, 'reason'],
    ['that are none', null, ''],
    ['with a reason of two lines', { ...weights(80, 20), reason: 'a\nb' }, 'reason'],
  ])('%s are refused', (_case, document, ...paths) => {
    const parsed = parseWeights(document, 100);
    expect(parsed.valid ? [] : parsed.faults.map((f) => f.path)).toEqual(paths);
  });

  test('of a larger total are finer', () => {
    expect(parseWeights(weights(9_999, 1), 10_000).valid).toBe(true);
    expect(parseWeights(weights(80, 20), 10_000).valid).toBe(false);
  });
});

test.each<[unknown, boolean]>([
  [{}, true],
  [{ reason: 'p99 doubled' }, true],
  [{ reason: '' }, false],
  [{ reason: 'x'.repeat(257) }, false],
  [{ reason: 1 }, false],
  [{ why: 'x' }, false],
  [[], false],
])('the reason in %j: %s', (document, valid) => {
  expect(parseReason(document).valid).toBe(valid);
});

describe('a retry', () => {
  test('has a reason, a step that is counted from 1, or neither', () => {
    expect(parseRetry({})).toEqual({ valid: true, value: { reason: undefined, fromStep: undefined } });
    const both = { reason: 'fixed', fromStep: 3 };
    expect(parseRetry(both)).toEqual({ valid: true, value: both });
  });

  test.each<[string, unknown, string]>([
    ['step 0', { fromStep: 0 }, 'fromStep'],
    ['a step behind every plan', { fromStep: 34 }, 'fromStep'],
    ['half a step', { fromStep: 1.5 }, 'fromStep'],
    ['text', { fromStep: '3' }, 'fromStep'],
    ['what a promotion knows', { full: true }, 'full'],
    ['a list', [3], ''],
  ])('%s is refused', (_name, document, path) => {
    const parsed = parseRetry(document);
    expect(parsed.valid ? [] : parsed.faults.map((fault) => fault.path)).toEqual([path]);
  });
});
