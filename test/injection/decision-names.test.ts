import { describe, expect, test } from 'vitest';
import { type Decision, decideInjection } from '../../functions/injection/decide/decision.ts';
import { TEMPLATES_PER_POD_MAX } from '../../functions/injection/decide/decision-facts.ts';
import { podOf } from '../support/pods.ts';
import { stateOf, templateOf } from '../support/templates.ts';

const MANY = Array.from({ length: 20 }, (_, i) => templateOf(`t${i}`));
const OPS = templateOf('ops', { allow: { namespaces: ['ops', 'team-*'] } });
const STATE = stateOf([...MANY, OPS], { policy: 'disabled' });

function decide(annotation: unknown, namespace = 'shop'): Decision {
  return decideInjection(podOf({}, { annotations: { 'outrigger.dev/templates': annotation } }), namespace, STATE);
}

function inWords(decision: Decision): string {
  if (decision.verdict === 'inject') return `inject ${decision.templates.map((t) => t.name).join(',')}`;
  return `${decision.verdict} ${decision.reason}${'detail' in decision ? ` ${decision.detail}` : ''}`;
}

const names = (count: number): string => Array.from({ length: count }, (_, i) => `t${i}`).join(',');
const TOO_MANY = `deny TooManyTemplates at most ${TEMPLATES_PER_POD_MAX} can be named`;

describe('the annotation outrigger.dev/templates', () => {
  test.each<[what: string, annotation: unknown, outcome: string]>([
    ['names one', 't1', 'inject t1'],
    ['names two, with spaces', ' t2 , t1 ', 'inject t1,t2'],
    ['names one over and over', 't1,t1, t1', 'inject t1'],
    ['has empty parts between', 't1,,t2,', 'inject t1,t2'],
    ['names 16', names(16), 'inject t0,t1,t10,t11,t12,t13,t14,t15,t2,t3,t4,t5,t6,t7,t8,t9'],
    ['names 17', names(17), TOO_MANY],
    ['names 10,000 different ones', names(10_000), TOO_MANY],
    ['names an unknown one', 'nope', 'deny UnknownTemplate "nope"'],
    ['names a known and an unknown one', 't1,nope', 'deny UnknownTemplate "nope"'],
    ['names a known one in other case', 'T1', 'deny UnknownTemplate "T1"'],
    ['names constructor', 'constructor', 'deny UnknownTemplate "constructor"'],
    ['names __proto__', '__proto__', 'deny UnknownTemplate "__proto__"'],
    ['names toString', 'toString', 'deny UnknownTemplate "toString"'],
    ['leaves the path of the store', '../../other', 'deny UnknownTemplate "../../other"'],
    ['names another fleet', '/outrigger/other/templates/t1', 'deny UnknownTemplate "/outrigger/other/templates/t1"'],
    ['names a template of a namespace', 'shop/t1', 'deny UnknownTemplate "shop/t1"'],
    ['has a NUL', 't1\0', 'deny UnknownTemplate "t1\\u0000"'],
    ['has a newline within', 't1\nt2', 'deny UnknownTemplate "t1\\nt2"'],
    ['has a colour code', '\u001b[31mt1', 'deny UnknownTemplate "\\u001b[31mt1"'],
    ['is not a string', 7, 'skip NoTemplate'],
  ])('%s', (_what, annotation, outcome) => {
    expect(inWords(decide(annotation))).toBe(outcome);
  });

  test.each(['', ' ', ',', ' , ,', '\t'])('%j names none: it is ignored with a warning', (annotation) => {
    const decision = decide(annotation);
    expect(inWords(decision)).toBe('skip NoTemplate');
    expect(decision.warnings).toEqual(['outrigger: outrigger.dev/templates names no template and was ignored']);
  });

  test('a name of 200 KB is cut in the denial', () => {
    expect(inWords(decide('x'.repeat(200_000)))).toBe(`deny UnknownTemplate "${'x'.repeat(63)}"`);
  });

  // Exactly those that are named, or a denial: nothing may be left out in silence.
  test('an unknown name behind 10,000 repetitions of a known one is not overlooked', () => {
    expect(decide(`${'t1,'.repeat(10_000)}nope`).verdict).toBe('deny');
  });

  test('a name behind 10,000 empty parts is not overlooked', () => {
    const decision = decide(`${','.repeat(10_000)}nope`);
    expect(decision.verdict).toBe('deny');
  });

  test('an annotation of 256 KiB costs no more than it must', () => {
    const started = performance.now();
    for (let i = 0; i < 100; i++) decide('a,'.repeat(131_072));
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('who may ask for a template', () => {
  test.each<[namespace: string, outcome: string]>([
    ['ops', 'inject ops'],
    ['team-a', 'inject ops'],
    ['team-', 'inject ops'],
    ['team', 'deny TemplateNotAllowed "ops"'],
    ['shop', 'deny TemplateNotAllowed "ops"'],
    ['my-ops', 'deny TemplateNotAllowed "ops"'],
    ['', 'deny TemplateNotAllowed "ops"'],
  ])('from namespace %j: %s', (namespace, outcome) => {
    expect(inWords(decide('ops', namespace))).toBe(outcome);
  });

  test('names given by the command line stand in for the annotation and meet the same rules', () => {
    const pod = podOf({}, { annotations: { 'outrigger.dev/templates': 't1' } });
    expect(inWords(decideInjection(pod, 'shop', STATE, ['t2']))).toBe('inject t2');
    expect(inWords(decideInjection(pod, 'shop', STATE, ['ops']))).toBe('deny TemplateNotAllowed "ops"');
    const optedOut = podOf({}, { labels: { 'outrigger.dev/inject': 'false' } });
    expect(inWords(decideInjection(optedOut, 'shop', STATE, ['t2']))).toBe('skip OptedOut');
  });
});
