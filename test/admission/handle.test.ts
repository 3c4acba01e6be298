import { describe, expect, test } from 'vitest';
import { type Handled, handleRequest } from '../../functions/admission/handle.ts';
import { TemplateStoreError } from '../../functions/errors.ts';
import { planInjection } from '../../functions/injection/plan/plan.ts';
import type { Template } from '../../functions/template/template.ts';
import { podOf } from '../support/pods.ts';
import { requestOf } from '../support/reviews.ts';
import { stateOf, templateOf } from '../support/templates.ts';
import { copyOf } from '../support/values.ts';

const TOOLS = { plan: planInjection, refuseRetired: async () => {}, hasRoomForShadow: () => true };
const CLASH = podOf({ containers: [{ name: 'proxy', image: 'mine:1' }] });

async function handle(
  pod: unknown,
  templates: readonly Template[],
  request: Record<string, unknown> = {},
): Promise<Handled> {
  const state = stateOf(templates, { defaultTemplates: templates.map((t) => t.name) });
  const whole = () => requestOf(copyOf(pod), request);
  return await handleRequest(whole(), { ...TOOLS, state: async () => state, whole });
}

const whole = () => requestOf(podOf());
const named = (name: string) => podOf({}, { annotations: { 'outrigger.dev/templates': name } });
const mode = (failureMode: string) => templateOf('proxy', { failureMode });
const ops = templateOf('ops', { allow: { namespaces: ['ops'] } });

describe('from outcome to response', () => {
  test.each<[what: string, pod: unknown, templates: Template[], response: Record<string, unknown>]>([
    [
      'injected',
      podOf(),
      [templateOf('proxy')],
      {
        allowed: true,
        operations: [{}, {}],
        auditAnnotations: { reason: 'Injected', templates: 'proxy@1', channel: 'stable' },
      },
    ],
    [
      'skipped',
      podOf({}, { labels: { 'outrigger.dev/inject': 'false' } }),
      [templateOf('proxy')],
      { allowed: true, operations: [], auditAnnotations: { reason: 'OptedOut' } },
    ],
    [
      'unknown template',
      named('x'),
      [ops],
      {
        allowed: false,
        status: {
          code: 400,
          message: 'outrigger: the Pod asks for a template that does not exist: "x" (UnknownTemplate)',
        },
      },
    ],
    [
      'forbidden template',
      named('ops'),
      [ops],
      {
        allowed: false,
        status: {
          code: 403,
          message: 'outrigger: the Pod asks for a template that its namespace may not use: "ops" (TemplateNotAllowed)',
        },
      },
    ],
    [
      'failed, Open',
      CLASH,
      [mode('Open')],
      { allowed: true, operations: [], auditAnnotations: { reason: 'ContainerNameConflict', templates: 'proxy@1' } },
    ],
    [
      'failed, Closed',
      CLASH,
      [mode('Closed')],
      {
        allowed: false,
        operations: [],
        status: { code: 400, message: expect.stringMatching(/\(ContainerNameConflict\)$/) },
      },
    ],
  ])('%s', async (_what, pod, templates, response) => {
    expect((await handle(pod, templates)).response).toMatchObject(response);
  });
});

test('failed, Defer: no response, so that failurePolicy decides', async () => {
  const { outcome, response } = await handle(CLASH, [mode('Defer')]);
  expect(response).toBeUndefined();
  expect(outcome).toMatchObject({ verdict: 'fail', reason: 'ContainerNameConflict' });
});

test('several templates are named in the audit', async () => {
  const { response } = await handle(podOf(), [templateOf('a'), templateOf('b', {}, '7')]);
  expect(response?.auditAnnotations).toEqual({ reason: 'Injected', templates: 'a@1,b@7', channel: 'stable' });
});

test('audit keys have neither slash nor space: the API server would drop them', async () => {
  const { response } = await handle(podOf(), [templateOf('a')]);
  for (const key of Object.keys(response?.auditAnnotations ?? {})) expect(key).toMatch(/^[a-zA-Z-]+$/);
});

test('warnings of the decision come along, whatever happens', async () => {
  const odd = { labels: { 'outrigger.dev/inject': 'yes' } };
  for (const pod of [podOf({}, odd), podOf({ hostNetwork: true }, odd)]) {
    expect((await handle(pod, [templateOf('proxy')])).response?.warnings).toHaveLength(1);
  }
  expect((await handle({ ...CLASH, metadata: odd }, [mode('Open')])).response?.warnings).toHaveLength(2);
});

test('a dry run gets the same response', async () => {
  expect(await handle(podOf(), [templateOf('a')], { dryRun: true })).toEqual(await handle(podOf(), [templateOf('a')]));
});

test.each<[what: string, state: { isSnapshot?: true }, warnings: unknown[]]>([
  ['the store', {}, []],
  ['the snapshot', { isSnapshot: true }, [expect.stringContaining('the snapshot of the deployment decided')]],
])('an answer that rests on %s says so where it matters', async (_what, rest, warnings) => {
  const state = { ...stateOf([templateOf('proxy')], { defaultTemplates: ['proxy'] }), ...rest };
  const { response } = await handleRequest(whole(), { ...TOOLS, state: async () => state, whole });
  expect(response).toMatchObject({ allowed: true, operations: [{}, {}], warnings });
});

describe('a fault of ours stays the fault that it is, so that the log names it', () => {
  const fault = () => {
    throw new RangeError('a fault of ours');
  };
  const state = async () => stateOf([templateOf('proxy')], { defaultTemplates: ['proxy'] });
  test.each([
    ['while mutating', podOf(), { plan: fault }],
    ['while the history is read', CLASH, { versionsOf: fault }],
  ])('%s', async (_what, pod, tools) => {
    const asked = () => requestOf(copyOf(pod));
    const handled = handleRequest(asked(), { ...TOOLS, state, whole: asked, ...tools });
    await expect(handled).rejects.toThrow('a fault of ours');
  });
});

describe('the state is asked for only when it is needed', () => {
  const state = () => Promise.reject(new TemplateStoreError('down'));
  const guarded: [string, Record<string, unknown>][] = [
    ['NotCreate', { operation: 'UPDATE' }],
    ['NotCreate', { operation: 'DELETE', object: null }],
    ['Subresource', { subResource: 'exec' }],
    ['NotAPod', { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } }],
    ['NoObject', { object: null }],
    ['SystemNamespace', { namespace: 'kube-system' }],
  ];
  test.each(guarded)('%s %j needs none', async (reason, request) => {
    const { outcome, response } = await handleRequest(requestOf(podOf(), request), {
      ...TOOLS,
      state,
      whole,
    });
    expect(outcome.reason).toBe(reason);
    expect(response).toMatchObject({ allowed: true, operations: [] });
  });

  test('a Pod needs it', async () => {
    await expect(handleRequest(whole(), { ...TOOLS, state, whole })).rejects.toThrow(TemplateStoreError);
  });
});
