import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { outrigger, type Run } from '../support/outrigger.ts';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'import');

/** Imports a fixture, or what stands on standard input. */
async function imports(from: string, args: readonly string[] = [], stdin?: string): Promise<Run> {
  const file = stdin === undefined ? join(FIXTURES, `${from}.yaml`) : '-';
  return await outrigger(['import', from, '-f', file, ...args], stdin === undefined ? {} : { stdin });
}

/** The warnings without the file's name. */
function notesOf({ stderr }: Run): readonly string[] {
  return stderr.split('\n').flatMap((line) => /^warning: .*?\.yaml: (.*)$/.exec(line)?.[1] ?? []);
}

const HEADLESS =
  'create the Services of spec.backends: headless (clusterIP: None), each selecting the Pods of one track';

const EGRESS =
  'list the hosts of spec.strategy.hooks in the cluster record (outrigger cluster egress); hosts within the cluster are not reached';

test('a Canary of Flagger: steps, time of a step, bound of durations, and everything else by name', async () => {
  const run = await imports('flagger');
  expect(run.code).toBe(0);
  expect(parse(run.stdout)).toEqual({
    apiVersion: 'outrigger.dev/v1alpha1',
    kind: 'Canary',
    metadata: { name: 'podinfo', namespace: 'test' },
    spec: {
      service: { name: 'podinfo', port: 9898 },
      backends: [
        { name: 'stable', service: 'podinfo-stable-pods', port: 8080 },
        { name: 'canary', service: 'podinfo-canary-pods', port: 8080 },
      ],
      match: [{ headers: { 'x-canary': { exact: 'insider' } } }],
      strategy: {
        steps: [{ setWeight: 10 }, { setWeight: 20 }, { setWeight: 30 }, { setWeight: 40 }, { setWeight: 50 }],
        analysis: { minimum: { time: '1m' }, latency: { slowerThan: '500ms' } },
        hooks: [
          {
            name: 'load-test',
            type: 'rollout',
            url: 'http://flagger-loadtester.test/',
            timeout: '5s',
            failureLimit: 4,
          },
          { name: 'start-gate', type: 'confirm-rollout', url: 'https://gate.example.com/approve', retries: 5 },
        ],
        progressDeadline: '300s',
      },
    },
  });
  const lost = (path: string): string => `Canary test/podinfo: ${path} is not carried over: `;
  expect(notesOf(run)).toEqual([
    `${lost('spec.targetRef')}Outrigger rolls no workload out; keep a Deployment for each track`,
    `${lost('spec.autoscalerRef')}scale each track by its own autoscaler`,
    `${lost('spec.service.retries')}Outrigger sets no retries`,
    `${lost('spec.service.gateways')}callers are split by their own sidecars, not by a gateway`,
    `${lost('spec.analysis.threshold')}the verdict compares the canary with stable, as the callers count them`,
    `${lost('spec.analysis.metrics[0]')}the verdict compares the canary with stable, as the callers count them`,
    `${lost('spec.analysis.match[1]')}only headers that are exact or a prefix can be matched`,
    `${lost('spec.analysis.webhooks[1].muteAlert')}it has no counterpart in spec.strategy.hooks, which docs/gates.md lists`,
    `${lost('spec.analysis.webhooks[2]')}it has no counterpart in spec.strategy.hooks, which docs/gates.md lists`,
    `Canary test/podinfo: ${HEADLESS}`,
    `Canary test/podinfo: ${EGRESS}`,
  ]);
});

test('a Rollout of Argo: setWeight that rises and pause; the port of a Service of the same file', async () => {
  const run = await imports('argo');
  expect(run.code).toBe(0);
  expect(parse(run.stdout)).toMatchObject({
    metadata: { name: 'checkout', namespace: 'shop' },
    spec: {
      service: { name: 'checkout', port: 80 },
      backends: [{ port: 8080 }, { port: 8080 }],
      strategy: {
        steps: [
          { setWeight: 5 },
          { pause: { duration: '90s' } },
          { setWeight: 20 },
          { pause: { duration: '1h' } },
          { setWeight: 50 },
          { pause: {} },
        ],
        progressDeadline: '600s',
      },
    },
  });
  const lost = notesOf(run).map((note) => /: (spec\S*) is not carried over/.exec(note)?.[1]);
  expect(lost).toEqual([
    'spec.replicas',
    'spec.selector',
    'spec.template',
    'spec.strategy.canary.canaryService',
    'spec.strategy.canary.trafficRouting',
    'spec.strategy.canary.steps[2]',
    'spec.strategy.canary.steps[5]',
    'spec.strategy.canary.steps[6]',
    undefined,
  ]);
});

test('a VirtualRouter of App Mesh: two targets and header routes; retries, timeouts and paths by name', async () => {
  const run = await imports('appmesh', ['-o', 'json']);
  expect(run.code).toBe(0);
  expect(JSON.parse(run.stdout)).toMatchObject({
    metadata: { name: 'color-router', namespace: 'shop' },
    spec: {
      service: { name: 'color', port: 80 },
      backends: [
        { name: 'stable', service: 'color-stable-pods', port: 8080 },
        { name: 'canary', service: 'color-canary-pods', port: 8080 },
      ],
      match: [{ headers: { 'x-tester': { exact: 'yes' } } }],
    },
  });
  expect(notesOf(run)).toEqual([
    expect.stringContaining('spec.routes[1] is not carried over'),
    expect.stringContaining('spec.routes[2].priority is not carried over'),
    expect.stringContaining('spec.routes[2].httpRoute.retryPolicy is not carried over'),
    expect.stringContaining('spec.routes[2].httpRoute.timeout is not carried over'),
    expect.stringMatching(
      /stable is VirtualNode color-blue, canary is VirtualNode color-green; .*set-weight color-router 25$/,
    ),
    `VirtualRouter shop/color-router: ${HEADLESS}`,
  ]);
});

describe('what cannot be imported is refused', () => {
  const rollout = (canary: string): string =>
    `{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: a}, spec: {strategy: ${canary}}}`;
  test.each<[what: string, from: string, text: string, message: RegExp]>([
    [
      'another kind',
      'flagger',
      '{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}}',
      /holds no Canary of flagger\.app/,
    ],
    [
      'our own Canary',
      'flagger',
      '{apiVersion: outrigger.dev/v1alpha1, kind: Canary, metadata: {name: a}}',
      /holds no Canary of flagger\.app/,
    ],
    ['blue-green', 'argo', rollout('{blueGreen: {activeService: a}}'), /Rollout a has no spec\.strategy\.canary/],
    ['a Rollout without Services', 'argo', rollout('{canary: {}}'), /names no Service that callers use: use --service/],
    [
      'an unknown port',
      'argo',
      rollout('{canary: {stableService: a}}'),
      /port of Service a: use --port, or put the Service into the file/,
    ],
    [
      'a Canary without port',
      'flagger',
      '{apiVersion: flagger.app/v1beta1, kind: Canary, metadata: {name: a}, spec: {}}',
      /Canary a cannot be a Canary: .*spec\.service\.port/,
    ],
    [
      'a router alone',
      'appmesh',
      '{apiVersion: appmesh.k8s.aws/v1beta2, kind: VirtualRouter, metadata: {name: a}, spec: {}}',
      /no VirtualService that this VirtualRouter provides/,
    ],
    [
      'a resource without name',
      'argo',
      '{apiVersion: argoproj.io/v1alpha1, kind: Rollout}',
      /a Rollout has no metadata\.name/,
    ],
    ['no YAML', 'argo', '{', /standard input:1:\d/],
  ])('%s', async (_, from, text, message) => {
    const { code, stdout, stderr } = await imports(from, [], text);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('three targets, and equal weights', async () => {
    const target = (node: string, weight: number): string => `{virtualNodeRef: {name: ${node}}, weight: ${weight}}`;
    const router = (targets: string): string =>
      `{apiVersion: appmesh.k8s.aws/v1beta2, kind: VirtualService, metadata: {name: c}, spec: {provider: {virtualRouter: {virtualRouterRef: {name: r}}}}}\n---\n` +
      `{apiVersion: appmesh.k8s.aws/v1beta2, kind: VirtualRouter, metadata: {name: r}, spec: {listeners: [{portMapping: {port: 80}}], routes: [{name: a, httpRoute: {match: {prefix: /}, action: {weightedTargets: [${targets}]}}}]}}`;
    const three = await imports('appmesh', [], router([target('a', 1), target('b', 2), target('d', 3)].join()));
    expect(three.stderr).toMatch(/needs one route with two weighted targets; targets of its split routes: 3/);
    const equal = await imports('appmesh', [], router([target('a', 1), target('b', 1)].join()));
    expect(equal.stderr).toMatch(/the weights are equal/);
  });
});

test('a step weight that gives more steps than a Canary takes leaves the default steps, and is named', async () => {
  const text =
    '{apiVersion: flagger.app/v1beta1, kind: Canary, metadata: {name: a}, spec: {service: {port: 80}, analysis: {interval: 1m, stepWeight: 2}}}';
  const { stdout, stderr } = await imports('flagger', [], text);
  expect(parse(stdout).spec.strategy).toEqual({ analysis: { minimum: { time: '1m' } } });
  expect(stderr).toMatch(/spec\.analysis\.stepWeight is not carried over: .*at most 32; the default steps hold/);
});

test('several resources, also in a List, become several documents', async () => {
  const one = (name: string): string =>
    `{apiVersion: flagger.app/v1beta1, kind: Canary, metadata: {name: ${name}}, spec: {service: {port: 80}}}`;
  const text = `{apiVersion: v1, kind: List, items: [${one('a')}, ${one('b')}]}`;
  expect((await imports('flagger', [], text)).stdout.split('---\n').map((each) => parse(each).metadata.name)).toEqual([
    'a',
    'b',
  ]);
  expect(JSON.parse((await imports('flagger', ['-o', 'json'], text)).stdout)).toMatchObject({
    kind: 'List',
    items: [{}, {}],
  });
});

test('what a file calls things moves no terminal', async () => {
  const text = JSON.stringify({
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'a' },
    spec: { service: { port: 80, '\u001b]0;owned\u0007': 1 } },
  });
  const { code, stderr } = await imports('flagger', [], text);
  expect([code, stderr.includes('owned')]).toEqual([0, true]);
  expect([...stderr].filter((sign) => sign < ' ' && sign !== '\n')).toEqual([]);
});
