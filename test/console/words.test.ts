import { describe, expect, test } from 'vitest';
import { linkTo, type Place, placeOf } from '../../infra/console/page/place.ts';
import { ageText, nameOf, percentOf, sentenceOf, shellWord, stepOf, toneOf } from '../../infra/console/page/words.ts';
import { canaryOf } from '../support/canaries.ts';
import { releaseAt, TIME } from '../support/release-status.ts';

const LIST = { view: 'releases', filter: '' } as const;

describe('an address', () => {
  test.each<[string, Place]>([
    ['', LIST],
    ['#/releases', LIST],
    ['#/releases/shop', LIST],
    ['#/releases?filter=shop', { view: 'releases', filter: 'shop' }],
    ['#/releases/shop/cart', { view: 'release', namespace: 'shop', name: 'cart' }],
    ['#/releases/shop/a%2Fb', { view: 'release', namespace: 'shop', name: 'a/b' }],
    ['#/releases/shop/%', LIST],
    ['#/elsewhere/shop/cart', LIST],
  ])('%s', (fragment, place) => expect(placeOf(fragment)).toEqual(place));

  test('of a release leads to it, whatever its name is', () => {
    const key = { namespace: 'shop', name: 'a/b?c#d%' };
    expect(placeOf(linkTo(key))).toEqual({ view: 'release', ...key });
  });
});

describe('what is written of a canary', () => {
  const inPhase = (phase: 'Failed' | 'Progressing') => {
    const conditions = [
      {
        ...({ type: 'Progressing', status: 'True', reason: 'Aborted', message: 'by a person' } as const),
        ...{ observedGeneration: 1, lastTransitionTime: TIME },
      },
    ];
    const verdict = { reason: 'Measuring', sentence: 'so far so good', since: TIME, at: TIME };
    return canaryOf({ status: { phase, conditions, release: { ...releaseAt(), verdict } } });
  };

  test('a verdict tells why a release stands where it stands, and the canary why it failed', () => {
    expect(
      ['Progressing', 'Failed'].map((phase) => sentenceOf(inPhase(phase === 'Failed' ? phase : 'Progressing'))),
    ).toEqual(['so far so good', 'by a person']);
    expect([toneOf(inPhase('Progressing')), toneOf(inPhase('Failed')), sentenceOf(canaryOf())]).toEqual([
      'busy',
      'bad',
      '',
    ]);
  });

  test('its step is counted from one, and never beyond the last', () => {
    const stepAt = (currentStepIndex: number) =>
      stepOf(canaryOf({ status: { release: releaseAt({ currentStepIndex }) } }));
    expect([-1, 0, 1, 2].map(stepAt)).toEqual(['baseline', '1 of 2', '2 of 2', '2 of 2']);
    expect(stepOf(canaryOf())).toBe('');
  });

  test.each([
    [{ setWeight: 20 }, '20 %'],
    [{ pause: {} }, 'pause'],
    [{ pause: { duration: '5m' } }, 'pause 5m'],
    [{ analysis: { metrics: [] } }, 'analysis'],
    [{ setMirrorRoute: { name: 'shadow' } }, 'mirror shadow'],
  ])('a step %j is %s', (step, text) => expect(nameOf(step)).toBe(text));

  test.each([
    [1, 3, 33.33],
    [0, 0, 0],
    [100, 100, 100],
  ])('%i of %i is %d %%', (weight, total, percent) => expect(percentOf(weight, total)).toBe(percent));

  test.each([
    [-5, '0s'],
    [119_400, '119s'],
    [120_000, '2m'],
    [7_200_000, '2h'],
    [172_800_000, '2d'],
  ])('%i ms are %s', (ms, text) => expect(ageText(ms)).toBe(text));

  test.each([
    ['cart', 'cart'],
    ['two words', "'two words'"],
    ["it's $(rm)", "'it'\\''s $(rm)'"],
    ['', "''"],
    ['line\nbreak', "'line\nbreak'"],
  ])('%j as a word of a shell', (text, word) => expect(shellWord(text)).toBe(word));
});
