import { describe, expect, test } from 'vitest';
import { mutatePod } from '../../functions/injection/mutate-pod.ts';
import type { Outcome } from '../../functions/injection/outcome.ts';
import { planInjection } from '../../functions/injection/plan/plan.ts';
import { findRaise } from '../../functions/injection/prove/privileges.ts';
import type { PodFragment } from '../../functions/template/template.ts';
import { podOf } from '../support/pods.ts';
import { stateOf, templateOf, templateWithPod } from '../support/templates.ts';

type Json = Record<string, unknown>;

const PROXY = { name: 'proxy', image: 'proxy:1' };
const fragment = (spec: Json, container: Json = {}, annotations: Json = {}): PodFragment =>
  templateWithPod({ metadata: { annotations }, spec: { ...spec, containers: [{ ...PROXY, ...container }] } }).pod;

/** What the field is by default, what a value makes of it, and whether that is more. */
type Row = [field: string, base: unknown, next: unknown, raises: boolean];

describe('security contexts', () => {
  const rows: Row[] = [
    ['privileged', undefined, true, true],
    ['privileged', false, true, true],
    ['privileged', true, true, false],
    ['privileged', true, undefined, false],
    ['allowPrivilegeEscalation', false, true, true],
    ['allowPrivilegeEscalation', false, undefined, true],
    ['allowPrivilegeEscalation', undefined, true, true],
    ['allowPrivilegeEscalation', undefined, false, false],
    ['runAsNonRoot', true, false, true],
    ['runAsNonRoot', true, undefined, true],
    ['runAsNonRoot', undefined, true, false],
    ['readOnlyRootFilesystem', true, false, true],
    ['readOnlyRootFilesystem', false, true, false],
    ['runAsUser', 1337, 0, true],
    ['runAsUser', undefined, 0, true],
    ['runAsUser', 1337, undefined, true],
    ['runAsUser', 1337, 1000, false],
    ['runAsUser', 0, 1000, false],
    ['runAsUser', 0, 0, false],
    ['runAsUser', 0, undefined, false],
    ['runAsUser', 1, 0, true],
    ['runAsUser', 1, undefined, true],
    ['fsGroup', undefined, 1, false],
    ['runAsGroup', 1337, 0, true],
    ['capabilities', undefined, { add: ['NET_ADMIN'] }, true],
    ['capabilities', { add: ['NET_ADMIN'] }, { add: ['net_admin', 'CAP_SYS_ADMIN'] }, true],
    ['capabilities', { add: ['NET_ADMIN'] }, { add: ['CAP_NET_ADMIN'] }, false],
    ['capabilities', { add: ['ALL'] }, { add: ['NET_ADMIN'] }, false],
    ['capabilities', { add: ['NET_ADMIN'] }, { add: ['ALL'] }, true],
    ['capabilities', { drop: ['ALL'] }, undefined, true],
    ['capabilities', { drop: ['ALL'] }, { drop: ['NET_RAW'] }, true],
    ['capabilities', { drop: ['NET_RAW'] }, { drop: ['ALL'] }, false],
    ['seccompProfile', { type: 'RuntimeDefault' }, { type: 'Unconfined' }, true],
    ['seccompProfile', { type: 'RuntimeDefault' }, undefined, true],
    ['seccompProfile', { type: 'Unconfined' }, { type: 'RuntimeDefault' }, false],
    [
      'seccompProfile',
      { type: 'Localhost', localhostProfile: 'a' },
      { type: 'Localhost', localhostProfile: 'b' },
      true,
    ],
    ['appArmorProfile', { type: 'RuntimeDefault' }, { type: 'Unconfined' }, true],
    ['seLinuxOptions', { type: 'a' }, { type: 'spc_t' }, true],
    ['procMount', undefined, 'Unmasked', true],
    ['windowsOptions', undefined, { hostProcess: true }, true],
    ['someFutureField', 'a', 'b', true],
  ];
  const context = (field: string, value: unknown): Json => (value === undefined ? {} : { [field]: value });
  test.each(rows)('container: %s from %j to %j raises: %j', (field, base, next, raises) => {
    const raise = findRaise(
      fragment({}, { securityContext: context(field, base) }),
      fragment({}, { securityContext: context(field, next) }),
    );
    expect(raise).toBe(raises ? `container proxy: securityContext.${field}` : undefined);
  });

  test.each<Row>([
    ['runAsUser', 1, 0, true],
    ['fsGroup', 1, 0, true],
    ['runAsNonRoot', true, undefined, true],
    ['sysctls', undefined, [{ name: 'kernel.msgmax', value: '1' }], true],
    ['supplementalGroups', [1], [0], true],
    ['fsGroup', 1, 2, false],
  ])('Pod: %s from %j to %j raises: %j', (field, base, next, raises) => {
    const raise = findRaise(
      fragment({ securityContext: context(field, base) }),
      fragment({ securityContext: context(field, next) }),
    );
    expect(raise).toBe(raises ? `spec.securityContext.${field}` : undefined);
  });
});

test.each<Row>([
  ['hostNetwork', undefined, true, true],
  ['hostNetwork', true, false, false],
  ['hostPID', false, true, true],
  ['hostIPC', undefined, true, true],
  ['shareProcessNamespace', undefined, true, true],
  ['hostUsers', false, undefined, true],
  ['hostUsers', undefined, false, false],
  ['automountServiceAccountToken', false, true, true],
  ['serviceAccountName', undefined, 'admin', true],
  ['serviceAccountName', 'proxy', 'admin', true],
  ['serviceAccountName', 'proxy', 'proxy', false],
  ['serviceAccount', undefined, 'admin', true],
  ['runtimeClassName', 'sandboxed', undefined, true],
  ['priorityClassName', undefined, 'system-node-critical', true],
  ['terminationGracePeriodSeconds', 30, 60, false],
])('Pod: %s from %j to %j raises: %j', (field, base, next, raises) => {
  const spec = (value: unknown): Json => (value === undefined ? {} : { [field]: value });
  expect(findRaise(fragment(spec(base)), fragment(spec(next)))).toBe(raises ? `spec.${field}` : undefined);
});

describe('volumes', () => {
  const token = (audience: string) => ({ projected: { sources: [{ serviceAccountToken: { audience, path: 't' } }] } });
  test.each<[what: string, base: Json, next: Json, raise: string | undefined]>([
    ['a path of the host', { emptyDir: {} }, { hostPath: { path: '/' } }, 'hostPath'],
    ['another path of the host', { hostPath: { path: '/var/log' } }, { hostPath: { path: '/' } }, 'hostPath'],
    ['the same path of the host', { hostPath: { path: '/var/log' } }, { hostPath: { path: '/var/log' } }, undefined],
    ['a driver', { emptyDir: {} }, { csi: { driver: 'x' } }, 'csi'],
    ['a source that nobody knows yet', { emptyDir: {} }, { future: {} }, 'future'],
    ['a token for somebody else', token('proxy'), token('vault'), 'serviceAccountToken.audience'],
    ['another ConfigMap', { configMap: { name: 'a' } }, { configMap: { name: 'b' } }, undefined],
  ])('%s', (_what, base, next, raise) => {
    const volumes = (source: Json) => fragment({ volumes: [{ name: 'v', ...source }] });
    expect(findRaise(volumes(base), volumes(next))).toBe(raise && `volume v: ${raise}`);
  });
});

describe('containers', () => {
  const mount = (more: Json = {}) => ({ volumeMounts: [{ name: 'v', mountPath: '/v', ...more }] });
  test.each<[what: string, base: Json, next: Json, raise: string | undefined]>([
    [
      'a port of the host',
      { ports: [{ containerPort: 1 }] },
      { ports: [{ containerPort: 1, hostPort: 1 }] },
      'ports.hostPort',
    ],
    [
      'the same port of the host',
      { ports: [{ containerPort: 1, hostPort: 1 }] },
      { ports: [{ containerPort: 1, hostPort: 1 }] },
      undefined,
    ],
    [
      'a volume of the application',
      mount(),
      mount({ name: 'app-token' }),
      'volumeMounts of app-token, which is no volume of the template',
    ],
    ['the template’s own volume elsewhere', mount(), mount({ mountPath: '/w' }), undefined],
    [
      'a mount that reaches the host',
      mount(),
      mount({ mountPropagation: 'Bidirectional' }),
      'volumeMounts.mountPropagation',
    ],
    ['a mount that can be written', mount({ readOnly: true }), mount(), 'volumeMounts.readOnly'],
    ['a raw device', {}, { volumeDevices: [{ name: 'v', devicePath: '/dev/x' }] }, 'volumeDevices'],
    ['arguments', { args: ['a'] }, { args: ['b'] }, undefined],
  ])('%s', (_what, base, next, raise) => {
    const volumes = { volumes: [{ name: 'v', emptyDir: {} }] };
    expect(findRaise(fragment(volumes, base), fragment(volumes, next))).toBe(raise && `container proxy: ${raise}`);
  });

  test('one that only a branch has is compared with nothing', () => {
    const withDebug = (securityContext: Json): PodFragment => {
      const { pod } = templateWithPod({ spec: { initContainers: [{ name: 'debug', image: 'd:1', securityContext }] } });
      return { ...fragment({}), initContainers: pod.initContainers };
    };
    expect(findRaise(fragment({}), withDebug({ runAsUser: 1 }))).toBeUndefined();
    expect(findRaise(fragment({}), withDebug({ runAsUser: 0 }))).toBe('container debug: securityContext.runAsUser');
    expect(findRaise(withDebug({}), fragment({}))).toBeUndefined();
  });
});

test.each([
  ['container.apparmor.security.beta.kubernetes.io/proxy', true],
  ['seccomp.security.alpha.kubernetes.io/pod', true],
  ['example.com/note', false],
])('annotation %s: %j', (key, raises) => {
  const annotated = (value: string) => fragment({}, {}, { [key]: value });
  expect(findRaise(annotated('a'), annotated('b'))).toBe(raises ? `annotation ${key}` : undefined);
});

// Fault 71: what a Pod asks for through parameters.
describe('a Pod that asks for more is refused', () => {
  const parameters = [
    { name: 'root', type: 'boolean', default: false },
    { name: 'user', type: 'integer', minimum: 0, maximum: 65_535, required: true },
    { name: 'account', type: 'dnsLabel', default: 'proxy' },
  ];
  const securityContext = { privileged: { $eval: 'root' }, runAsUser: { $eval: 'user' } };
  const pod = { spec: { serviceAccountName: '${account}', containers: [{ ...PROXY, securityContext }] } };
  const template = templateOf('tuned', { parameters, pod, failureMode: 'Open' });
  const mutate = (said: Record<string, string>): Outcome => {
    const entries = Object.entries(said).map(([name, value]) => [`parameters.outrigger.dev/${name}`, value]);
    const asking = podOf({}, { annotations: Object.fromEntries(entries) });
    return mutatePod(asking, 'shop', stateOf([template]), planInjection, ['tuned']);
  };

  test.each<[said: Record<string, string>, raised: string | undefined]>([
    [{ user: '1' }, undefined],
    [{ user: '1', root: 'false', account: 'proxy' }, undefined],
    [{ user: '0' }, 'tuned: container proxy: securityContext.runAsUser'],
    [{ user: '1', root: 'true' }, 'tuned: container proxy: securityContext.privileged'],
    [{ user: '1', account: 'admin' }, 'tuned: spec.serviceAccountName'],
  ])('%j', (said, raised) => {
    const { verdict, reason, sentence } = mutate(said);
    expect({ verdict, reason }).toEqual(
      raised === undefined ? { verdict: 'inject', reason: 'Injected' } : { verdict: 'deny', reason: 'PrivilegeRaised' },
    );
    if (raised !== undefined) expect(sentence.endsWith(`: ${raised}`)).toBe(true);
  });
});
