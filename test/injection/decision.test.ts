import { describe, expect, test } from 'vitest';
import { type Decision, decideInjection } from '../../functions/injection/decide/decision.ts';
import type { Template } from '../../functions/template/template.ts';
import { podOf } from '../support/pods.ts';
import { stateOf, templateOf } from '../support/templates.ts';

const DEFAULT = templateOf('default');
const MATCHING = templateOf('matching', { match: { namespaces: ['shop'] } });
const NAMED = templateOf('named');
const TEMPLATES = [DEFAULT, MATCHING, NAMED];

const FALSE = { 'outrigger.dev/inject': 'false' };
const TRUE = { 'outrigger.dev/inject': 'true' };
const NAMES = { 'outrigger.dev/templates': 'named' };
const NEVER = { neverSelectors: [{ matchLabels: { app: 'x' } }] };
const ALWAYS = { policy: 'disabled', alwaysSelectors: [{ matchLabels: { app: 'x' } }] };
const OFF = { policy: 'disabled' };
const APP = { app: 'x' };

interface Situation {
  readonly labels?: Record<string, unknown>;
  readonly annotations?: Record<string, unknown>;
  readonly record?: Record<string, unknown>;
  readonly namespace?: string;
  readonly templates?: readonly Template[];
}

function decide({ labels, annotations, record, namespace = 'shop', templates = TEMPLATES }: Situation): Decision {
  const metadata = { ...(labels && { labels }), ...(annotations && { annotations }) };
  return decideInjection(
    podOf({}, metadata),
    namespace,
    stateOf(templates, { defaultTemplates: ['default'], ...record }),
  );
}

/** `inject a,b`, `skip Reason` or `deny Reason detail`. */
function inWords(decision: Decision): string {
  if (decision.verdict === 'inject') return `inject ${decision.templates.map((t) => t.name).join(',')}`;
  return `${decision.verdict} ${decision.reason}${'detail' in decision ? ` ${decision.detail}` : ''}`;
}

describe('the truth table, row by row', () => {
  test.each<[row: string, situation: Situation, outcome: string]>([
    ['1: the label says false', { labels: FALSE }, 'skip OptedOut'],
    ['1: the annotation says false', { annotations: FALSE }, 'skip OptedOut'],
    ['1: label and annotation say false', { labels: FALSE, annotations: FALSE }, 'skip OptedOut'],
    ['2: templates are named', { annotations: NAMES }, 'inject named'],
    ['3: the label says true', { labels: TRUE, record: OFF }, 'inject default,matching'],
    ['3: the annotation says true', { annotations: TRUE, record: OFF }, 'inject default,matching'],
    ['4: a neverSelector matches', { labels: APP, record: NEVER }, 'skip NeverSelector'],
    ['4: a neverSelector does not match', { labels: { app: 'y' }, record: NEVER }, 'inject default,matching'],
    ['5: policy is enabled', { record: { policy: 'enabled' } }, 'inject default,matching'],
    ['5: no policy is written, which means enabled', {}, 'inject default,matching'],
    ['5: an alwaysSelector matches', { labels: APP, record: ALWAYS }, 'inject default,matching'],
    ['6: an alwaysSelector does not match', { labels: { app: 'y' }, record: ALWAYS }, 'inject matching'],
    ['6: only the match of a template fits', { record: OFF }, 'inject matching'],
    ['6: nothing fits', { record: OFF, namespace: 'other' }, 'skip NoTemplate'],
    ['6: no defaults and nothing fits', { record: { defaultTemplates: [] }, namespace: 'other' }, 'skip NoTemplate'],
    ['6: the fleet has no template', { record: { defaultTemplates: [] }, templates: [] }, 'skip NoTemplate'],
  ])('%s', (_row, situation, outcome) => {
    expect(inWords(decide(situation))).toBe(outcome);
  });
});

describe('an earlier row beats every later one', () => {
  test.each<[what: string, situation: Situation, outcome: string]>([
    ['label false beats annotation true', { labels: FALSE, annotations: TRUE }, 'skip OptedOut'],
    ['annotation false beats label true', { labels: TRUE, annotations: FALSE }, 'skip OptedOut'],
    ['false beats named templates', { labels: FALSE, annotations: NAMES }, 'skip OptedOut'],
    [
      'false beats an unknown name',
      { labels: FALSE, annotations: { 'outrigger.dev/templates': 'x' } },
      'skip OptedOut',
    ],
    ['false beats an alwaysSelector', { labels: { ...FALSE, ...APP }, record: ALWAYS }, 'skip OptedOut'],
    ['named templates beat true', { labels: TRUE, annotations: NAMES }, 'inject named'],
    ['named templates beat a neverSelector', { labels: APP, annotations: NAMES, record: NEVER }, 'inject named'],
    ['named templates beat policy disabled', { annotations: NAMES, record: OFF }, 'inject named'],
    ['true beats a neverSelector', { labels: { ...TRUE, ...APP }, record: NEVER }, 'inject default,matching'],
    ['a neverSelector beats an alwaysSelector', { labels: APP, record: { ...ALWAYS, ...NEVER } }, 'skip NeverSelector'],
    ['a neverSelector beats a match', { labels: APP, record: { ...OFF, ...NEVER } }, 'skip NeverSelector'],
  ])('%s', (_what, situation, outcome) => {
    expect(inWords(decide(situation))).toBe(outcome);
  });
});

// Defect 13 of research/injection.md §3.2: a typo in the trigger table, so that `true` never matched or all was patched.
describe('defect 13: a value that is neither true nor false is ignored, with a warning', () => {
  const ODD = ['True', 'TRUE', 'False', 'FALSE', 'yes', 'no', '1', '0', ' true ', ' false ', '', 'enabled', 'true\n'];
  test.each(ODD)('%j', (value) => {
    const wish = { 'outrigger.dev/inject': value };
    for (const situation of [{ labels: wish }, { annotations: wish }]) {
      const decision = decide({ ...situation, record: OFF, namespace: 'other' });
      expect(inWords(decision)).toBe('skip NoTemplate');
      expect(decision.warnings).toEqual([
        'outrigger: outrigger.dev/inject must be "true" or "false"; the value was ignored',
      ]);
    }
  });

  test.each([true, 1, null, {}, ['true']])('%j, which no API server lets through', (value) => {
    const decision = decide({ labels: { 'outrigger.dev/inject': value } });
    expect(inWords(decision)).toBe('inject default,matching');
    expect(decision.warnings).toHaveLength(1);
  });

  test('an odd label does not hide a good annotation, and is still warned of', () => {
    const decision = decide({ labels: { 'outrigger.dev/inject': 'yes' }, annotations: FALSE });
    expect(inWords(decision)).toBe('skip OptedOut');
    expect(decision.warnings).toHaveLength(1);
  });

  test('good values are not warned of', () => {
    expect([decide({ labels: TRUE }), decide({ labels: FALSE }), decide({})].flatMap((d) => d.warnings)).toEqual([]);
  });
});

describe('default templates', () => {
  const gone = { defaultTemplates: ['default', 'gone'] };
  test.each<[what: string, situation: Situation, outcome: string]>([
    ['one that does not exist is our fault', { record: gone }, 'fail DefaultTemplateMissing gone'],
    ['a Pod that asks gets the same fault', { labels: TRUE, record: gone }, 'fail DefaultTemplateMissing gone'],
    ['a Pod that opted out does not meet the fault', { labels: FALSE, record: gone }, 'skip OptedOut'],
    ['a Pod that names others does not meet it', { annotations: NAMES, record: gone }, 'inject named'],
    ['policy disabled does not meet it', { record: { ...gone, ...OFF } }, 'inject matching'],
    [
      'a prototype name is not found by accident',
      { record: { defaultTemplates: ['constructor'] } },
      'fail DefaultTemplateMissing constructor',
    ],
    ['one that also matches is taken once', { record: { defaultTemplates: ['matching'] } }, 'inject matching'],
    [
      'one written twice is taken once',
      { record: { defaultTemplates: ['default', 'default'] } },
      'inject default,matching',
    ],
  ])('%s', (_what, situation, outcome) => {
    expect(inWords(decide(situation))).toBe(outcome);
  });
});
