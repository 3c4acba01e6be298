import { describe, expect, test } from 'vitest';
import { decideInjection } from '../../functions/injection/decide/decision.ts';
import { podOf } from '../support/pods.ts';
import { stateOf, templateOf } from '../support/templates.ts';

function isMatched(match: Record<string, unknown>, namespace: string, labels: Record<string, unknown> = {}): boolean {
  const state = stateOf([templateOf('one', { match })], { policy: 'disabled' });
  return decideInjection(podOf({}, { labels }), namespace, state).verdict === 'inject';
}

function isNever(selector: Record<string, unknown>, labels: Record<string, unknown>): boolean {
  const state = stateOf([templateOf('one')], { defaultTemplates: ['one'], neverSelectors: [selector] });
  return decideInjection(podOf({}, { labels }), 'shop', state).verdict === 'skip';
}

describe('namespaces of a match', () => {
  test.each<[sentence: string, match: Record<string, unknown>, namespace: string, matched: boolean]>([
    ['an empty match fits everybody', {}, 'shop', true],
    ['a name fits itself', { namespaces: ['shop'] }, 'shop', true],
    ['a name fits no longer one', { namespaces: ['shop'] }, 'shop-2', false],
    ['no name fits nobody', { namespaces: [] }, 'shop', false],
    ['one of several is enough', { namespaces: ['a', 'shop'] }, 'shop', true],
    ['a star fits all', { namespaces: ['*'] }, 'shop', true],
    ['a star at the end', { namespaces: ['team-*'] }, 'team-a', true],
    ['a star at the start', { namespaces: ['*-prod'] }, 'shop-prod', true],
    ['a star in the middle', { namespaces: ['team-*-prod'] }, 'team-a-prod', true],
    ['a star stands for nothing, too', { namespaces: ['team*'] }, 'team', true],
    ['the ends of a pattern do not overlap', { namespaces: ['ab*ba'] }, 'aba', false],
    ['two stars', { namespaces: ['a*b*c'] }, 'axxbyyc', true],
    ['two stars, pieces in the wrong order', { namespaces: ['a*b*c*d'] }, 'acbd', false],
    ['excluded beats included', { namespaces: ['*'], excludeNamespaces: ['shop'] }, 'shop', false],
    ['excluded by a pattern', { excludeNamespaces: ['sh*'] }, 'shop', false],
    ['not excluded', { excludeNamespaces: ['ops'] }, 'shop', true],
    ['an empty exclusion excludes nobody', { excludeNamespaces: [] }, 'shop', true],
  ])('%s', (_sentence, match, namespace, matched) => {
    expect(isMatched(match, namespace)).toBe(matched);
  });

  test('the parts are ANDed', () => {
    const match = { namespaces: ['shop'], podSelector: { matchLabels: { app: 'x' } } };
    expect(isMatched(match, 'shop', { app: 'x' })).toBe(true);
    expect(isMatched(match, 'shop', { app: 'y' })).toBe(false);
    expect(isMatched(match, 'ops', { app: 'x' })).toBe(false);
  });

  test('a hostile pattern does not backtrack', () => {
    const started = performance.now();
    expect(isMatched({ namespaces: [`${'*a'.repeat(31)}b`] }, 'a'.repeat(63))).toBe(false);
    expect(performance.now() - started).toBeLessThan(200);
  });
});

const expression = (operator: string, values?: string[]) => ({
  matchExpressions: [{ key: 'app', operator, ...(values && { values }) }],
});

describe('label selectors, as Kubernetes reads them', () => {
  test.each<[sentence: string, selector: Record<string, unknown>, labels: Record<string, unknown>, matched: boolean]>([
    ['an empty selector fits all', {}, {}, true],
    ['matchLabels: equal', { matchLabels: { app: 'x' } }, { app: 'x', more: 'y' }, true],
    ['matchLabels: another value', { matchLabels: { app: 'x' } }, { app: 'y' }, false],
    ['matchLabels: absent', { matchLabels: { app: 'x' } }, {}, false],
    ['matchLabels: all of them', { matchLabels: { app: 'x', tier: 'y' } }, { app: 'x' }, false],
    ['matchLabels: an empty value is a value', { matchLabels: { app: '' } }, {}, false],
    ['In: one of the values', expression('In', ['x', 'y']), { app: 'y' }, true],
    ['In: another value', expression('In', ['x', 'y']), { app: 'z' }, false],
    ['In: absent', expression('In', ['x']), {}, false],
    ['NotIn: another value', expression('NotIn', ['x']), { app: 'z' }, true],
    ['NotIn: one of the values', expression('NotIn', ['x']), { app: 'x' }, false],
    ['NotIn: absent is not in the set', expression('NotIn', ['x']), {}, true],
    ['Exists: there', expression('Exists'), { app: '' }, true],
    ['Exists: absent', expression('Exists'), {}, false],
    ['DoesNotExist: absent', expression('DoesNotExist'), {}, true],
    ['DoesNotExist: there', expression('DoesNotExist'), { app: 'x' }, false],
    [
      'labels and expressions are ANDed',
      { matchLabels: { app: 'x' }, ...expression('NotIn', ['x']) },
      { app: 'x' },
      false,
    ],
    [
      'a name of the prototype is not a label',
      { matchExpressions: [{ key: 'constructor', operator: 'Exists' }] },
      {},
      false,
    ],
    ['__proto__ is not a label', { matchExpressions: [{ key: '__proto__', operator: 'Exists' }] }, {}, false],
  ])('%s', (_sentence, selector, labels, matched) => {
    expect(isMatched({ podSelector: selector }, 'shop', labels)).toBe(matched);
    expect(isNever(selector, labels)).toBe(matched);
  });

  test('one of several neverSelectors is enough', () => {
    const record = { defaultTemplates: ['one'], neverSelectors: [{ matchLabels: { a: 'b' } }, expression('Exists')] };
    const state = stateOf([templateOf('one')], record);
    expect(decideInjection(podOf({}, { labels: { app: 'x' } }), 'shop', state).verdict).toBe('skip');
  });

  test('a Pod without labels is asked like one with none', () => {
    const state = stateOf([templateOf('one', { match: { podSelector: expression('DoesNotExist') } })], {
      policy: 'disabled',
    });
    for (const labels of [undefined, null, {}, 'x', []]) {
      expect(decideInjection(podOf({}, { labels }), 'shop', state).verdict).toBe('inject');
    }
  });
});
