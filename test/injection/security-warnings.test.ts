import { describe, expect, test } from 'vitest';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { warningsAboutSecurity } from '../../functions/injection/prove/security-warnings.ts';
import { askForMesh } from '../support/mesh-pod.ts';
import { podOf } from '../support/pods.ts';
import { templateOf } from '../support/templates.ts';

const REDIRECT = { name: 'redirect', image: 'r:1', securityContext: { capabilities: { add: ['NET_ADMIN'] } } };
const PROXY = { name: 'proxy', image: 'p:1', restartPolicy: 'Always', securityContext: { runAsUser: 1337 } };
const MESH = templateOf('mesh', { pod: { spec: { initContainers: [REDIRECT, PROXY] } } });
const NO_REDIRECT = templateOf('calm', { pod: { spec: { initContainers: [PROXY] } } });
const TIGHT = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};
const LEANING = templateOf('leaning', {
  pod: { spec: { containers: [{ name: 'l', image: 'l:1', securityContext: TIGHT }] } },
});

describe('Pod Security', () => {
  const of = (podSecurity: unknown, template = MESH, pod = podOf()): readonly string[] => {
    const parsed = parseClusterRecord({ podSecurity });
    if (!parsed.valid) throw new Error('the record is not valid');
    return warningsAboutSecurity(pod, 'shop', [template], parsed.value.podSecurity);
  };
  const why = 'refuses mesh: container redirect adds the capability NET_ADMIN';

  test.each<[what: string, podSecurity: unknown, warnings: readonly string[]]>([
    ['nothing is known', undefined, []],
    ['the default is privileged', {}, []],
    ['the default is baseline', { default: 'baseline' }, [`outrigger: Pod Security baseline ${why}`]],
    [
      'the namespace is restricted',
      { namespaces: { shop: 'restricted' } },
      [`outrigger: Pod Security restricted ${why}`],
    ],
    ['the namespace is privileged', { default: 'baseline', namespaces: { shop: 'privileged' } }, []],
    ['another namespace is restricted', { namespaces: { other: 'restricted' } }, []],
  ])('%s', (_what, podSecurity, warnings) => {
    expect(of(podSecurity)).toEqual(warnings);
  });

  test('what the Pod says counts for containers that say nothing', () => {
    const restricted = { default: 'restricted' };
    expect(of(restricted, LEANING)).toEqual([expect.stringContaining('lacks runAsNonRoot: true')]);
    expect(of(restricted, LEANING, podOf({ securityContext: { runAsNonRoot: true } }))).toEqual([]);
  });

  test('the shipped mesh says so through the whole way of a Pod', async () => {
    const record = { discovery: { host: 'd.example.com' }, podSecurity: { default: 'baseline' } };
    const { warnings, reason } = await askForMesh({ record, parameters: {} });
    expect(reason).toBe('Injected');
    expect(warnings).toEqual([
      'outrigger: Pod Security baseline refuses envoy: container proxy-init adds the capability NET_ADMIN',
    ]);
  });
});

describe('the user that is let pass', () => {
  const app = (runAsUser: unknown) => ({ name: 'app', image: 'a:1', securityContext: { runAsUser } });
  const note = 'outrigger: container app runs as user 1337, as proxy does: its calls go past the sidecar';

  test.each<[what: string, spec: Record<string, unknown>, warnings: readonly string[]]>([
    ['another user', { containers: [app(1_000)] }, []],
    ['none said', {}, []],
    ['a container', { containers: [app(1_337)] }, [note]],
    ['an init container', { initContainers: [app(1_337)], containers: [] }, [note]],
    ['the Pod', { securityContext: { runAsUser: 1_337 } }, [note]],
    ['the Pod, but not the container', { securityContext: { runAsUser: 1_337 }, containers: [app(0)] }, []],
    ['a text', { containers: [app('1337')] }, []],
    ['the sidecar itself, injected before', { initContainers: [PROXY] }, []],
  ])('%s', (_what, spec, warnings) => {
    expect(warningsAboutSecurity(podOf(spec), 'shop', [MESH], undefined)).toEqual(warnings);
  });

  test('without a redirection nobody goes past anything', () => {
    expect(warningsAboutSecurity(podOf({ containers: [app(1_337)] }), 'shop', [NO_REDIRECT], undefined)).toEqual([]);
  });
});
