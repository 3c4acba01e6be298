import { describe, expect, test } from 'vitest';
import { BUILT_IN_ADDS } from '../../functions/injection/apply/admission-adds.ts';
import { bringUp, isBringUp, isFormerVolume } from '../../functions/injection/apply/bring-up.ts';
import type { Former } from '../../functions/injection/apply/former.ts';
import type { Json } from '../../functions/json/json.ts';
import type { ContainerFragment } from '../../functions/template/template.ts';
import { podOf } from '../support/pods.ts';

const REGION = { name: 'AWS_REGION', value: 'eu-central-1' };
const TOKEN = { name: 'kube-api-access-x', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };

const formerOf = (
  containers: readonly Json[],
  believed: readonly string[] = [],
  volumes: readonly Json[] = [],
): Former => ({
  containers: () => containers.map((container): ContainerFragment => ({ name: 'agent', ...container })),
  volumes: () => volumes.map((volume): Json => volume),
  isBelieved: (kind, name) => believed.includes(`${kind} ${name}`),
});

/** What becomes of `agent` in a Pod, made by a version of then, where the template of now has it otherwise. */
function brought(
  live: Json,
  then: readonly Json[],
  now: Json,
  fields: readonly string[] = [],
  believed?: string,
  spec: Json = {},
): unknown {
  const container = { name: 'agent', ...live };
  const made = bringUp(
    podOf({ containers: [container], ...spec }),
    'containers',
    container,
    { container: { name: 'agent', ...now }, position: 'Last', fields },
    formerOf(then, believed === undefined ? [] : [believed]),
    BUILT_IN_ADDS,
  );
  if (made === undefined) return undefined;
  const { name, ...rest } = made;
  expect(name).toBe('agent');
  return rest;
}

describe('a container that a former version made becomes the present one', () => {
  const [ONE, TWO] = [{ image: 'a:1' }, { image: 'a:2' }];
  test.each<[what: string, live: Json, then: Json, now: Json, fields: readonly string[], after: Json]>([
    ['with nothing of its own', ONE, ONE, TWO, [], TWO],
    ['that has a field less', { ...ONE, tty: true }, { ...ONE, tty: true }, TWO, [], TWO],
    ['with a variable of then', { ...ONE, env: [{ name: 'A' }] }, { ...ONE, env: [{ name: 'A' }] }, TWO, [], TWO],
    [
      'with what admission added',
      { ...ONE, env: [REGION], volumeMounts: [TOKEN] },
      ONE,
      TWO,
      [],
      { ...TWO, env: [REGION], volumeMounts: [TOKEN] },
    ],
    [
      'with a variable of then that admission could have added',
      { ...ONE, env: [REGION] },
      { ...ONE, env: [REGION] },
      TWO,
      [],
      TWO,
    ],
    [
      'with variables of its own and of then',
      { ...ONE, env: [{ name: 'A' }, { name: 'B' }] },
      { ...ONE, env: [{ name: 'A' }] },
      TWO,
      ['env'],
      { ...TWO, env: [{ name: 'B' }] },
    ],
    [
      'with arguments of its own',
      { ...ONE, args: ['x'] },
      { ...ONE, args: ['y'] },
      { ...TWO, args: ['z'] },
      ['args'],
      { ...TWO, args: ['x'] },
    ],
    [
      'with the arguments of then',
      { ...ONE, args: ['y'] },
      { ...ONE, args: ['y'] },
      { ...TWO, args: ['z'] },
      ['args'],
      { ...TWO, args: ['z'] },
    ],
    [
      'with arguments where then had none',
      { ...ONE, args: ['x'] },
      ONE,
      { ...TWO, args: ['z'] },
      ['args'],
      { ...TWO, args: ['x'] },
    ],
    [
      'with host ports of its own',
      { ...ONE, ports: [{ containerPort: 80, hostPort: 80 }] },
      ONE,
      TWO,
      ['ports'],
      { ...TWO, ports: [{ containerPort: 80, hostPort: 80 }] },
    ],
  ])('%s', (_what, live, then, now, fields, after) => {
    expect(brought(live, [then], now, fields)).toEqual(after);
  });

  test('made by any of several versions', () => {
    expect(brought(ONE, [{ image: 'a:0' }, ONE], TWO)).toEqual(TWO);
    expect(brought(ONE, [{ image: 'a:0' }], TWO)).toBeUndefined();
    expect(brought(ONE, [], TWO)).toBeUndefined();
  });

  test('on the host network with the ports of then', () => {
    const ports = [{ containerPort: 80 }];
    const live = { ...ONE, ports: [{ containerPort: 80, hostPort: 80 }] };
    expect(brought(live, [{ ...ONE, ports }], { ...TWO, ports }, [], undefined, { hostNetwork: true })).toEqual({
      ...TWO,
      ports,
    });
    expect(brought(live, [{ ...ONE, ports }], { ...TWO, ports })).toBeUndefined();
  });

  test('by a word that is believed, with nothing of then kept', () => {
    const live = {
      image: 'a:0',
      env: [REGION, { name: 'A' }],
      args: ['x'],
      resources: { limits: { cpu: '1', memory: '1Gi' } },
    };
    expect(brought(live, [], TWO, [], 'container agent')).toEqual({ ...TWO, env: [REGION] });
    expect(brought(live, [], TWO, [], 'volume agent')).toBeUndefined();
    expect(brought(live, [], TWO, [], 'container other')).toBeUndefined();
  });

  test('unless what admission added is not what the present one says', () => {
    const other = { ...TWO, env: [{ name: 'AWS_REGION', value: 'mars' }] };
    expect(brought({ ...ONE, env: [REGION] }, [ONE], other)).toBeUndefined();
  });

  test.each([
    [512, true],
    [513, false],
  ])('with a list of %i elements: %s', (length, isBrought) => {
    const env = Array.from({ length }, (_, i) => ({ name: `V${i}` }));
    expect(brought({ ...ONE, env }, [ONE], TWO, ['env']) !== undefined).toBe(isBrought);
  });
});

describe('resources, limits first', () => {
  const of = (limits: Json, requests?: Json): Json => ({
    resources: { ...(Object.keys(limits).length === 0 ? {} : { limits }), ...(requests && { requests }) },
  });
  test.each<[what: string, live: Json, then: Json, now: Json, fields: readonly string[], after: Json]>([
    ['of then go', of({ cpu: '1' }), of({ cpu: '1' }), {}, [], {}],
    ['of now come', of({ cpu: '1' }), of({ cpu: '1' }), of({ cpu: '2' }), [], of({ cpu: '2' })],
    [
      'of neither stay',
      of({ cpu: '1', memory: '1Gi' }),
      of({ cpu: '1' }),
      of({ cpu: '2' }),
      [],
      of({ cpu: '2', memory: '1Gi' }),
    ],
    [
      'of neither stay where the template has none',
      of({ memory: '1Gi' }, { memory: '1Gi' }),
      {},
      {},
      [],
      of({ memory: '1Gi' }, { memory: '1Gi' }),
    ],
    ['requests of then’s limits go', of({ cpu: '1' }, { cpu: '1' }), of({ cpu: '1' }), {}, [], {}],
    [
      'the Pod’s own stay',
      of({ cpu: '1' }, { cpu: '500m' }),
      of({ cpu: '1' }),
      of({ cpu: '2' }),
      ['resources'],
      of({}, { cpu: '500m' }),
    ],
    [
      'of then are not the Pod’s, however written',
      of({ cpu: 1 }),
      of({ cpu: '1000m' }),
      of({ cpu: '2' }),
      ['resources'],
      of({ cpu: '2' }),
    ],
    [
      'a request of then is not the Pod’s',
      of({}, { cpu: '1' }),
      of({}, { cpu: '1' }),
      of({}, { cpu: '2' }),
      ['resources'],
      of({}, { cpu: '2' }),
    ],
    [
      'a request that the API server made of then’s limit is not the Pod’s',
      of({ cpu: '1', memory: '2Gi' }, { cpu: '1' }),
      of({ cpu: '1' }),
      of({ cpu: '2' }),
      ['resources'],
      of({ memory: '2Gi', cpu: '2' }),
    ],
    [
      'a limit like then’s request is the Pod’s',
      of({ cpu: '1' }, { cpu: '1' }),
      of({}, { cpu: '1' }),
      of({ cpu: '2' }),
      ['resources'],
      of({ cpu: '1' }),
    ],
    ['the Pod’s own where then had none', of({ cpu: '1' }), {}, of({ cpu: '2' }), ['resources'], of({ cpu: '1' })],
  ])('%s', (_what, live, then, now, fields, after) => {
    expect(brought(live, [then], now, fields)).toEqual(after);
  });
});

describe('a volume is of a former version', () => {
  const then = [{ name: 'conf', configMap: { name: 'one' } }];
  test.each<[live: Json, believed: readonly string[], isFormer: boolean]>([
    [{ name: 'conf', configMap: { name: 'one', defaultMode: 420 } }, [], true],
    [{ name: 'conf', configMap: { name: 'two' } }, [], false],
    [{ name: 'conf', configMap: { name: 'two' } }, ['volume conf'], true],
    [{ name: 'conf', configMap: { name: 'two' } }, ['container conf'], false],
  ])('%j, believed: %j: %s', (live, believed, isFormer) => {
    expect(isFormerVolume('conf', live, formerOf([], believed, then))).toBe(isFormer);
    expect(isFormerVolume('conf', live, formerOf([], believed, []))).toBe(believed.includes('volume conf'));
  });
});

describe('an operation puts a container in the place of its namesake', () => {
  const pod = podOf({ containers: [{ name: 'agent' }, { name: 'app' }, {}] });
  const placed = ['agent', 'constructor'].map((name) => ({ container: { name }, position: 'Last' as const }));
  test.each<[path: string, value: unknown, isOne: boolean]>([
    ['/spec/containers/0', { name: 'agent', image: 'x' }, true],
    ['/spec/containers/000000', { name: 'agent' }, true],
    ['/spec/containers/0000000', { name: 'agent' }, false],
    ['/spec/containers/0x0', { name: 'agent' }, false],
    ['/spec/containers/', { name: 'agent' }, false],
    ['/spec/containers/1', { name: 'agent' }, false],
    ['/spec/containers/1', { name: 'app' }, false],
    ['/spec/containers/0', { name: 'app' }, false],
    ['/spec/containers/2', {}, false],
    ['/spec/containers/3', undefined, false],
    ['/spec/initContainers/0', { name: 'agent' }, false],
    ['/spec', { name: 'agent' }, false],
  ])('%s by %j: %s', (path, value, isOne) => {
    expect(isBringUp(pod, { op: 'replace', path, value }, placed)).toBe(isOne);
  });
});
