import { describe, expect, test } from 'vitest';
import { CONTAINER, POD, POD_SPEC } from '../../functions/kubernetes/merge/merge-keys.ts';
import { ruleOf } from '../../functions/kubernetes/merge/rule.ts';

/** `name`, or `containerPort+protocol=TCP` for a key of two fields with a default. */
function keyInWords(rule: ReturnType<typeof ruleOf>): string | undefined {
  if (rule?.kind !== 'list') return undefined;
  return rule.key.map(({ field, fallback }) => (fallback === undefined ? field : `${field}=${fallback}`)).join('+');
}

// The table of research/injection.md §5.4: patchMergeKey tags of kubernetes/api core/v1/types.go.
describe('keyed lists of a PodSpec', () => {
  test.each([
    ['volumes', 'name'],
    ['imagePullSecrets', 'name'],
    ['hostAliases', 'ip'],
    ['schedulingGates', 'name'],
    ['resourceClaims', 'name'],
    ['evictionResponders', 'name'],
  ])('%s by %s', (list, key) => {
    expect(keyInWords(ruleOf(POD_SPEC, list))).toBe(key);
  });

  // What tells two constraints of one topologyKey apart is tested in strategic-merge.test.ts.
  test('topologySpreadConstraints by topologyKey first', () => {
    expect(keyInWords(ruleOf(POD_SPEC, 'topologySpreadConstraints'))).toMatch(/^topologyKey/);
  });

  test.each(['readinessGates', 'nodeSelector', 'dnsConfig', 'futureField', 'constructor'])('%s has no key', (list) => {
    expect(keyInWords(ruleOf(POD_SPEC, list))).toBeUndefined();
  });
});

describe('keyed lists of a container', () => {
  test.each([
    ['ports', 'containerPort+protocol=TCP'],
    ['env', 'name'],
    ['volumeMounts', 'mountPath'],
    ['volumeDevices', 'devicePath'],
  ])('%s by %s', (list, key) => {
    expect(keyInWords(ruleOf(CONTAINER, list))).toBe(key);
  });

  test.each([
    'command',
    'args',
    'envFrom',
    'resizePolicy',
    'restartPolicyRules',
    '__proto__',
  ])('%s is atomic', (list) => {
    expect(keyInWords(ruleOf(CONTAINER, list))).toBeUndefined();
  });
});

describe('quantities', () => {
  test.each([
    ['resources', 'limits', 'cpu'],
    ['resources', 'requests', 'example.com/gpu'],
    ['overhead', 'memory'],
  ])('below spec: %s %s %s', (...path) => {
    expect(path.reduce((rule: ReturnType<typeof ruleOf>, field) => ruleOf(rule, field), POD_SPEC)?.kind).toBe(
      'quantity',
    );
  });

  test('claims of resources are an atomic list, not a quantity', () => {
    expect(ruleOf(ruleOf(CONTAINER, 'resources'), 'claims')).toBeUndefined();
  });
});

test('below nothing there is no rule', () => {
  expect(ruleOf(undefined, 'spec')).toBeUndefined();
  expect(ruleOf({ kind: 'quantity' }, 'cpu')).toBeUndefined();
  expect(ruleOf(POD, 'status')).toBeUndefined();
  expect(ruleOf(POD, 'spec')).toBe(POD_SPEC);
});
