import { describe, expect, test } from 'vitest';
import { mutatePod } from '../../functions/injection/mutate-pod.ts';
import type { Outcome } from '../../functions/injection/outcome.ts';
import { createPlanMemo } from '../../functions/injection/plan/plan-memo.ts';
import { type Rendered, renderTemplates } from '../../functions/injection/render-templates.ts';
import type { RenderContext } from '../../functions/template/render.ts';
import type { Template } from '../../functions/template/template.ts';
import { applyStrictly, podOf } from '../support/pods.ts';
import { stateOf, templateOf } from '../support/templates.ts';
import { at, copyOf } from '../support/values.ts';

const container = (more: Record<string, unknown>) => ({
  spec: { containers: [{ name: 'proxy', image: 'p:1', ...more }] },
});
const LEVEL = { name: 'level', type: 'dnsLabel', default: 'info' };
const TUNED = templateOf('tuned', { parameters: [LEVEL], pod: container({ args: ['${level}', '${owner}'] }) });
const PLAIN = templateOf('plain');
const FRAIL = templateOf('frail', {
  parameters: [{ name: 'n', type: 'integer', minimum: 0, maximum: 9, default: 1 }],
  pod: container({ args: ['${12 / n}'] }),
});
const CONTEXT: RenderContext = { owner: 'web', cluster: 'a' };

function templatesOf(rendered: Rendered): readonly Template[] {
  if (!('templates' in rendered)) throw new Error(JSON.stringify(rendered));
  return rendered.templates;
}
const render = (template: Template, values: Record<string, string>, context = CONTEXT) =>
  templatesOf(renderTemplates([template], new Map([[template, new Map(Object.entries(values))]]), () => context))[0];

describe('remembered', () => {
  const first = render(TUNED, { level: 'info' });
  test('the same values and context: the same frozen template', () => {
    expect(render(TUNED, { level: 'info' }, { ...CONTEXT })).toBe(first);
    expect(Object.isFrozen(first?.pod.containers[0])).toBe(true);
  });

  test('another value of the context that it does not use changes nothing', () => {
    expect(render(TUNED, { level: 'info' }, { ...CONTEXT, cluster: 'b' })).toBe(first);
  });

  test.each<[what: string, values: Record<string, string>, context: RenderContext, args: readonly string[]]>([
    ['another value', { level: 'debug' }, CONTEXT, ['debug', 'web']],
    ['another owner', { level: 'info' }, { ...CONTEXT, owner: 'db' }, ['info', 'db']],
  ])('%s is another variant', (_what, values, context, args) => {
    const other = render(TUNED, values, context);
    expect(other?.variant).not.toBe(first?.variant);
    expect(other?.pod.containers[0]?.['args']).toEqual(args);
  });

  test('of many, the newest', () => {
    for (let i = 0; i < 300; i++) render(TUNED, { level: `l${i}` });
    const again = render(TUNED, { level: 'info' });
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });
});

test('templates without expressions are passed on, and the context is not asked', () => {
  const templates = [PLAIN];
  const context = () => {
    throw new Error('asked');
  };
  expect(templatesOf(renderTemplates(templates, new Map(), context))).toBe(templates);
});

test('a name that nobody says is named, with what to do where that is known', () => {
  const asks = (text: string): Rendered => {
    const template = templateOf('asks', { parameters: [], pod: container({ args: [text] }) });
    return renderTemplates([template], new Map(), () => CONTEXT);
  };
  expect(asks('${audience}')).toEqual({ failed: 'asks: the context has no audience' });
  expect(asks('${discovery.host}')).toEqual({ failed: expect.stringMatching(/^asks: .* set discovery\.host there/) });
});

describe('through the whole way of a Pod', () => {
  const plan = createPlanMemo();
  const mutate = (template: Template, annotations: Record<string, string>, owner = 'web-1'): Outcome => {
    const pod = podOf({}, { annotations, ownerReferences: [{ kind: 'ReplicaSet', name: owner }] });
    return mutatePod(copyOf(pod), 'shop', stateOf([template]), plan, [template.name]);
  };
  const argsOf = ({ operations }: Outcome) =>
    at(applyStrictly(podOf({}, { annotations: {} }), operations), 'spec', 'containers', 1, 'args');

  test('each Pod gets its own values', () => {
    expect(argsOf(mutate(TUNED, {}))).toEqual(['info', 'web-1']);
    expect(argsOf(mutate(TUNED, { 'parameters.outrigger.dev/level': 'debug' }))).toEqual(['debug', 'web-1']);
    expect(argsOf(mutate(TUNED, {}, 'db'))).toEqual(['info', 'db']);
    expect(argsOf(mutate(TUNED, {}))).toEqual(['info', 'web-1']);
  });

  test('Pods of one workload share their operations', () => {
    expect(mutate(TUNED, {}).operations[0]).toBe(mutate(TUNED, {}).operations[0]);
  });

  test.each(['Defer', 'Open', 'Closed'])('what cannot be rendered fails as the template says: %s', (failureMode) => {
    const template = { ...FRAIL, failureMode: failureMode as Template['failureMode'] };
    expect(mutate(template, { 'parameters.outrigger.dev/n': '3' })).toMatchObject({ reason: 'Injected' });
    expect(mutate(template, { 'parameters.outrigger.dev/n': '0' })).toMatchObject({
      verdict: 'fail',
      reason: 'RenderFailed',
      failureMode,
      sentence: expect.stringMatching(/^the template cannot be rendered .*: frail: .*division by zero$/),
      operations: [],
    });
  });

  test('a second injection finds nothing to do', () => {
    const pod = podOf({}, { annotations: { 'parameters.outrigger.dev/level': 'debug' } });
    const state = stateOf([TUNED]);
    const { operations } = mutatePod(copyOf(pod), 'shop', state, plan, ['tuned']);
    const again = mutatePod(copyOf(applyStrictly(pod, operations)), 'shop', state, plan, ['tuned']);
    expect(again).toMatchObject({ reason: 'AlreadyInjected' });
  });
});
