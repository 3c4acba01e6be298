import { describe, expect, test } from 'vitest';
import { injectPlan } from '../../functions/injection/apply/inject.ts';
import { injected, managedFields, operationsFor, podOf } from '../support/pods.ts';
import { planOf, templateWithPod } from '../support/templates.ts';
import { at, namesOf } from '../support/values.ts';

const PROXY = { name: 'proxy', image: 'proxy:1', resources: { limits: { cpu: '1000m' } } };
const VOLUME = { name: 'conf', configMap: { name: 'conf' } };
const SCRATCH = { name: 'scratch', emptyDir: {} };
const PLAN = planOf(templateWithPod({ spec: { containers: [PROXY], volumes: [VOLUME, SCRATCH] } }));
const APP = { name: 'app', image: 'shop:1' };

// Defect 6 of research/injection.md §3.2: a clash of names is left to the API server, which blames something else.
describe('defect 6: what the Pod brings under our names', () => {
  type Row = [what: string, spec: Record<string, unknown>, outcome: string | RegExp];
  test.each<Row>([
    ['the same container', { containers: [APP, PROXY] }, 'no conflict'],
    [
      'the same container with defaults filled in',
      { containers: [APP, { ...PROXY, imagePullPolicy: 'Always', resources: { limits: { cpu: '1' } } }] },
      'no conflict',
    ],
    ['another image', { containers: [APP, { ...PROXY, image: 'evil:1' }] }, 'ContainerNameConflict proxy'],
    ['only the name', { containers: [APP, { name: 'proxy' }] }, 'ContainerNameConflict proxy'],
    ['an init container of the name', { initContainers: [PROXY] }, 'ContainerNameConflict proxy'],
    ['an ephemeral container of the name', { ephemeralContainers: [PROXY] }, 'ContainerNameConflict proxy'],
    ['the same container twice', { containers: [PROXY, { ...PROXY, image: 'evil:1' }] }, 'ContainerNameConflict proxy'],
    ['the same volume', { volumes: [VOLUME, SCRATCH] }, 'no conflict'],
    [
      'the same volume with defaults filled in',
      { volumes: [{ name: 'conf', configMap: { name: 'conf', defaultMode: 420 } }] },
      'no conflict',
    ],
    [
      'a volume of another source',
      { volumes: [{ name: 'conf', secret: { secretName: 's' } }] },
      /^VolumeNameConflict "?conf"?$/,
    ],
    [
      'a hostPath where we want scratch space',
      { volumes: [{ name: 'scratch', hostPath: { path: '/' } }] },
      /^VolumeNameConflict "?scratch"?$/,
    ],
  ])('%s', (_what, spec, outcome) => {
    const injection = injectPlan(podOf(spec), PLAN);
    expect('reason' in injection ? `${injection.reason} ${injection.detail}` : 'no conflict').toMatch(outcome);
  });
});

test('a label that the Pod has stays, with a warning: a selector may depend on it', () => {
  const plan = planOf(templateWithPod({ metadata: { labels: { app: 'ours', tier: 'ours' } } }));
  const injection = injectPlan(podOf({}, { labels: { app: 'mine', tier: 'ours' } }), plan);
  expect(injection).toMatchObject({ warnings: ['outrigger: the Pod keeps its own label app'] });
  expect('operations' in injection && injection.operations.map(({ path }) => path)).toEqual(['/metadata/annotations']);
});

describe('reinvocation: our own work comes back', () => {
  const fields = managedFields({ containers: ['app'] });
  const fresh = () => injected(podOf({}, { managedFields: fields }), PLAN);
  const withSpec = (spec: Record<string, unknown>) =>
    podOf(spec, { managedFields: fields, annotations: at(fresh(), 'metadata', 'annotations') });
  const volumes = [VOLUME, SCRATCH];

  test('as we left it: nothing to do', () => {
    expect(operationsFor(fresh(), PLAN)).toEqual([]);
  });

  test.each<[what: string, spec: Record<string, unknown>]>([
    [
      'the API server filled in its defaults',
      {
        containers: [
          APP,
          { ...PROXY, resources: { limits: { cpu: '1' } }, terminationMessagePath: '/dev/termination-log' },
        ],
        volumes: [{ name: 'conf', configMap: { name: 'conf', defaultMode: 420 } }, SCRATCH],
      },
    ],
    [
      'ServiceAccount admission mounted its token',
      {
        containers: [APP, { ...PROXY, volumeMounts: [{ name: 'kube-api-access', mountPath: '/var/run/x' }] }],
        volumes: [...volumes, { name: 'kube-api-access', projected: { sources: [] } }],
      },
    ],
    ['another webhook changed our image', { containers: [APP, { ...PROXY, image: 'mirror.test/proxy:1' }], volumes }],
    [
      'another webhook changed our volume',
      { containers: [APP, PROXY], volumes: [{ name: 'conf', configMap: { name: 'conf-2' } }, SCRATCH] },
    ],
    ['another webhook put containers around ours', { containers: [{ name: 'w' }, PROXY, APP, { name: 'x' }], volumes }],
    ['another webhook turned the order round', { containers: [PROXY, APP], volumes: [SCRATCH, VOLUME] }],
  ])('%s: nothing to do', (_what, spec) => {
    expect(operationsFor(withSpec(spec), PLAN)).toEqual([]);
  });

  test('another webhook took our volume away: just that comes back', () => {
    const operations = operationsFor(withSpec({ containers: [APP, PROXY], volumes: [SCRATCH] }), PLAN);
    expect(operations).toEqual([{ op: 'add', path: '/spec/volumes/-', value: VOLUME }]);
  });

  test('another webhook took our container away: just that comes back, once', () => {
    const after = injected(withSpec({ containers: [APP], volumes }), PLAN);
    expect(namesOf(at(after, 'spec', 'containers'))).toEqual(['app', 'proxy']);
  });

  test('another webhook dropped the status: just that comes back', () => {
    const dropped = podOf({ containers: [APP, PROXY], volumes }, { managedFields: fields });
    expect(operationsFor(dropped, PLAN).map((o) => o.path)).toEqual(['/metadata/annotations']);
  });

  // The API server's DefaultTolerationSeconds adds two to every Pod, also behind ours.
  const ours = { key: 'sidecar', operator: 'Exists' };
  test.each([
    ['ours', [ours]],
    ['ours in the place of all others', [{ $patch: 'replace' }, ours]],
    ['none', [{ $patch: 'replace' }]],
  ])('the API server added its default tolerations to %s: nothing to do', (_, tolerations) => {
    const plan = planOf(templateWithPod({ spec: { tolerations } }));
    const defaults = ['not-ready', 'unreachable'].map((name) => ({
      key: `node.kubernetes.io/${name}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    }));
    const pod = injected(podOf({}, { managedFields: fields }), plan);
    const spec = Object(at(pod, 'spec'));
    expect(
      operationsFor({ ...pod, spec: { ...spec, tolerations: [...(spec.tolerations ?? []), ...defaults] } }, plan),
    ).toEqual([]);
  });
});

// Defect 7: a status annotation that the author of the Pod can set turns injection off.
describe('defect 7: the status annotation is never trusted', () => {
  const real = at(injected(podOf(), PLAN), 'metadata', 'annotations', 'outrigger.dev/status');
  test.each([
    ['forged', 'injected'],
    ['empty', ''],
    ['the real one', real],
  ])('%s, without a sidecar: the sidecar is added', (_what, status) => {
    const after = injected(podOf({}, { annotations: { 'outrigger.dev/status': status } }), PLAN);
    expect(namesOf(at(after, 'spec', 'containers'))).toEqual(['app', 'proxy']);
    expect(at(after, 'metadata', 'annotations', 'outrigger.dev/status')).toBe(real);
  });
});
