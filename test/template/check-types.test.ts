import { describe, expect, test } from 'vitest';
import { Check } from '../../functions/json/check.ts';
import { checkTypes } from '../../functions/template/parse/check-types.ts';

/** The faults of a PodSpec, short: `hostNetwork: must be …`. */
function faultsOf(spec: unknown, type = 'PodSpec'): readonly string[] {
  const check = new Check();
  checkTypes(check, spec, type, 'spec');
  return check.faults.map(({ path, message }) => `${path.replace('spec.', '')}: ${message}`);
}
const container = (more: Record<string, unknown>): Record<string, unknown> => ({
  containers: [{ name: 'a', ...more }],
});
const volume = (more: Record<string, unknown>): Record<string, unknown> => ({ volumes: [{ name: 'v', ...more }] });

const WHOLE = 'must be a whole number';
const INT32 = 'must be a whole number from -2147483648 to 2147483647';
const BOOLEAN = 'must be true or false, without quotes';
const TEXT = 'must be a string (put numbers and booleans in quotes)';

describe('what the API server cannot read is refused, with its path and what was wanted', () => {
  test.each<[string, unknown, string]>([
    ['a boolean in quotes', { hostNetwork: 'true' }, `hostNetwork: ${BOOLEAN}`],
    ['a number for a boolean', { shareProcessNamespace: 1 }, `shareProcessNamespace: ${BOOLEAN}`],
    ['a number in quotes', { terminationGracePeriodSeconds: '30' }, `terminationGracePeriodSeconds: ${WHOLE}`],
    ['half a number', { securityContext: { runAsUser: 0.5 } }, `securityContext.runAsUser: ${WHOLE}`],
    ['more than 32 bits', { priority: 2 ** 31 }, `priority: ${INT32}`],
    ['less than 32 bits', { priority: -(2 ** 31) - 1 }, `priority: ${INT32}`],
    ['a number for a text', { nodeName: 7 }, `nodeName: ${TEXT}`],
    ['a list for a text', { dnsPolicy: ['None'] }, `dnsPolicy: ${TEXT}`],
    ['a map of wrong values', { nodeSelector: { gpu: true } }, `nodeSelector.gpu: ${TEXT}`],
    ['a text for a map', { nodeSelector: 'gpu' }, 'nodeSelector: must be a map'],
    ['a list for a map', { affinity: [] }, 'affinity: must be a map'],
    ['a map for a list', { tolerations: { key: 'gpu' } }, 'tolerations: must be a list'],
    ['a text in a list of maps', { imagePullSecrets: ['pull'] }, 'imagePullSecrets[0]: must be a map'],
    [
      'a text in a list of numbers',
      { securityContext: { supplementalGroups: ['1'] } },
      `securityContext.supplementalGroups[0]: ${WHOLE}`,
    ],
    [
      'a port of a probe',
      container({ livenessProbe: { httpGet: { port: true } } }),
      'containers[0].livenessProbe.httpGet.port: must be a whole number or a string',
    ],
    [
      'a quantity',
      container({ resources: { limits: { cpu: 'much' } } }),
      'containers[0].resources.limits.cpu: must be a quantity such as 100m, 0.5 or 64Mi',
    ],
    ['a mode in quotes', volume({ secret: { defaultMode: '0400' } }), `volumes[0].secret.defaultMode: ${INT32}`],
    [
      'deep down',
      volume({ projected: { sources: [{ serviceAccountToken: { expirationSeconds: '1h' } }] } }),
      `volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: ${WHOLE}`,
    ],
    [
      'capabilities as a text',
      container({ securityContext: { capabilities: { drop: 'ALL' } } }),
      'containers[0].securityContext.capabilities.drop: must be a list',
    ],
  ])('%s', (_, spec, fault) => {
    expect(faultsOf(spec)).toEqual([fault]);
  });

  test('every fault is found', () => {
    expect(faultsOf({ hostPID: 'no', hostIPC: 'no', ...container({ tty: 'no', stdin: 'no' }) })).toHaveLength(4);
  });

  test('a part of a Pod by its own type', () => {
    expect(faultsOf([{ name: 'A', value: 1 }], '[]EnvVar')).toEqual([`spec[0].value: ${TEXT}`]);
  });

  test('what another check has found is not said twice', () => {
    const check = new Check();
    check.fault('spec.hostNetwork', 'is odd');
    checkTypes(check, { hostNetwork: 1, hostPID: 1 }, 'PodSpec', 'spec');
    expect(check.faults.map((f) => f.path)).toEqual(['spec.hostNetwork', 'spec.hostPID']);
  });
});

describe('what it can read, or does not know, is left alone', () => {
  test.each<[string, unknown]>([
    [
      'a port by number and by name',
      container({ readinessProbe: { tcpSocket: { port: 80 } }, livenessProbe: { httpGet: { port: 'http' } } }),
    ],
    ['quantities as numbers and texts', container({ resources: { limits: { cpu: 1, memory: '64Mi' } } })],
    ['the largest exact number', { securityContext: { fsGroup: Number.MAX_SAFE_INTEGER } }],
    ['a field of a newer Kubernetes', { futureField: { deep: [1, 'two', { three: null }] } }],
    ['such a field of a container', container({ futureField: 5 })],
    ['names of the prototype', JSON.parse('{"constructor": 1, "toString": 2, "__proto__": {"hostPID": 1}}')],
    ['null, which deletes', { hostNetwork: null, securityContext: { runAsUser: null } }],
    [
      'merge directives',
      {
        securityContext: { $patch: 'replace', $retainKeys: ['fsGroup'], fsGroup: 1 },
        '$setElementOrder/hostAliases': [{ ip: '::1' }],
      },
    ],
    [
      'an element that deletes another',
      { imagePullSecrets: [{ $patch: 'delete', name: 'old' }, { $patch: 'replace' }] },
    ],
    [
      'fieldsV1',
      volume({ ephemeral: { volumeClaimTemplate: { metadata: { managedFields: [{ fieldsV1: { 'f:spec': {} } }] } } } }),
    ],
  ])('%s', (_, spec) => {
    expect(faultsOf(spec)).toEqual([]);
  });
});
