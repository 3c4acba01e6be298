import { describe, expect, test } from 'vitest';
import { mutatePod } from '../../functions/injection/mutate-pod.ts';
import { type ParameterValues, readParameters } from '../../functions/injection/parameters.ts';
import { planInjection } from '../../functions/injection/plan/plan.ts';
import { podOf } from '../support/pods.ts';
import { stateOf, templateOf } from '../support/templates.ts';

const CONCURRENCY = { name: 'concurrency', type: 'integer', minimum: 1, maximum: 16, default: 2 };
const TAG = { name: 'tag', type: 'imageTag', required: true };
const PLAIN = templateOf('plain');
const TUNED = templateOf('tuned', { parameters: [CONCURRENCY] });
const TAGGED = templateOf('tagged', { parameters: [TAG] });
const NARROW = templateOf('narrow', { parameters: [{ ...CONCURRENCY, maximum: 4 }] });

const key = (name: string): string => `parameters.outrigger.dev/${name}`;

function valuesOf(read: ReturnType<typeof readParameters>): ParameterValues[] {
  if ('invalid' in read) throw new Error(read.invalid);
  return [...read.values.values()];
}

describe('values', () => {
  test.each([
    ['the default', {}, 2],
    ['what the Pod says', { [key('concurrency')]: '8' }, 8],
    ['the default under null', { [key('concurrency')]: null }, 2],
  ])('%s', (_what, annotations, value) => {
    expect(valuesOf(readParameters([TUNED], annotations))).toEqual([new Map([['concurrency', value]])]);
  });

  test('each template has its own, and shared names share the annotation', () => {
    const read = readParameters([TUNED, TAGGED, NARROW, PLAIN], { [key('tag')]: 'v1', [key('concurrency')]: '4' });
    expect(valuesOf(read)).toEqual([
      new Map([['concurrency', 4]]),
      new Map([['tag', 'v1']]),
      new Map([['concurrency', 4]]),
      new Map(),
    ]);
  });
});

describe('what does not fit is refused, with name, type and bounds', () => {
  test.each<
    [what: string, annotations: Record<string, unknown>, templates: readonly (typeof TUNED)[], invalid: string]
  >([
    ['too much', { concurrency: '17' }, [TUNED], 'concurrency (integer) must be an integer from 1 to 16, not "17"'],
    [
      'for the narrower of two',
      { concurrency: '5' },
      [TUNED, NARROW],
      'concurrency (integer) must be an integer from 1 to 4, not "5"',
    ],
    ['nothing', { concurrency: '' }, [TUNED], 'concurrency (integer) must be an integer from 1 to 16, not ""'],
    [
      'a number, which no annotation is',
      { concurrency: 5 },
      [TUNED],
      'concurrency (integer) must be an integer from 1 to 16, as a text',
    ],
    [
      'a required one left out',
      {},
      [TAGGED],
      'template "tagged" requires parameter "tag": set annotation parameters.outrigger.dev/tag (an image tag)',
    ],
    [
      'the vector of istio/istio#58889',
      { tag: 'v1\n    securityContext: {privileged: true}' },
      [TAGGED],
      'tag (imageTag) must be an image tag, not "v1     securityContext: {privileged: true}"',
    ],
    [
      'a long one is cut',
      { tag: 'x'.repeat(1_000_000) },
      [TAGGED],
      `tag (imageTag) must be an image tag, not "${'x'.repeat(63)}…"`,
    ],
  ])('%s', (_what, said, templates, invalid) => {
    const annotations = Object.fromEntries(Object.entries(said).map(([name, value]) => [key(name), value]));
    expect(readParameters(templates, annotations)).toEqual({ invalid });
  });
});

describe('a parameter that no chosen template declares is ignored with a warning', () => {
  test.each<[what: string, names: readonly string[], warnings: readonly string[]]>([
    ['one', ['cpu'], ['outrigger: no chosen template has a parameter cpu; ignored']],
    [
      'several',
      ['a', 'b', 'c', 'd', 'e'],
      ['outrigger: no chosen template has a parameter a, b, c and 2 more; ignored'],
    ],
    ['an inherited name', ['constructor'], ['outrigger: no chosen template has a parameter constructor; ignored']],
    ['none', [], []],
    ['one that is declared', ['concurrency'], []],
  ])('%s', (_what, names, warnings) => {
    const annotations = Object.fromEntries(names.map((name) => [key(name), '4']));
    expect(readParameters([TUNED], annotations)).toMatchObject({ warnings });
    if (names[0] !== 'concurrency') expect(readParameters([PLAIN], annotations)).toMatchObject({ warnings });
  });
});

test('the Pod is refused, or told', () => {
  const mutate = (concurrency: string, name = 'concurrency') =>
    mutatePod(podOf({}, { annotations: { [key(name)]: concurrency } }), 'shop', stateOf([TUNED]), planInjection, [
      'tuned',
    ]);
  expect(mutate('0')).toMatchObject({
    verdict: 'deny',
    reason: 'InvalidParameter',
    sentence:
      'a parameter of the template is missing, or its value does not fit: concurrency (integer) must be an integer from 1 to 16, not "0"',
    operations: [],
  });
  expect(mutate('16')).toMatchObject({ reason: 'Injected', warnings: [] });
  expect(mutate('16', 'cpu')).toMatchObject({
    reason: 'Injected',
    warnings: ['outrigger: no chosen template has a parameter cpu; ignored'],
  });
});
