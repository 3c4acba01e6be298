import fc from 'fast-check';
import type { FleetState } from '../../functions/template/template-cache.ts';
import type { PolicyRequest } from './policy-cel.ts';
import { stateOf, templateOf } from './templates.ts';

/** Mostly the first, sometimes one of the others. */
function mostly<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, fc.constantFrom(...others));
}

/** A map with some of these keys. */
function some(values: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(values, { requiredKeys: [] });
}

const absent = fc.constant(undefined);
const namespace = fc.constantFrom('shop', 'team-a', 'test-0', 'kube-system', 'kube-public');
const wish = fc.constantFrom('true', 'false', 'yes', '');
const labels = some({
  'outrigger.dev/inject': wish,
  app: fc.constantFrom('web', 'db', ''),
  tier: fc.constantFrom('vip', 'batch'),
});
const annotations = some({
  'outrigger.dev/inject': wish,
  'outrigger.dev/templates': fc.constantFrom('a', 'b', 'a,b', ' b , a ,', ',', '', ' ', 'a,a'),
  'example.com/other': fc.constant('x'),
});
const mirrored = annotations.map((map) => ({ ...map, 'kubernetes.io/config.mirror': 'x' }));
const spec = some({
  hostNetwork: fc.boolean(),
  os: some({ name: fc.constantFrom('windows', 'linux') }),
  nodeSelector: some({ 'kubernetes.io/os': fc.constantFrom('windows', 'linux'), disk: fc.constant('ssd') }),
});

/** Requests as the API server has them, of Pods that the rules tell apart; some are for no Pod that is being created. */
export const anyRequest: fc.Arbitrary<PolicyRequest> = fc
  .record({
    namespace,
    labels: fc.oneof(absent, labels),
    annotations: fc.oneof({ weight: 1, arbitrary: absent }, { weight: 8, arbitrary: annotations }, mirrored),
    spec: fc.oneof(fc.constant({}), spec),
    operation: mostly('CREATE', 'UPDATE', 'DELETE'),
    subResource: mostly('', 'status', 'ephemeralcontainers'),
    kind: mostly('Pod', 'ConfigMap'),
  })
  .map(({ namespace, labels, annotations, spec, operation, subResource, kind }) => ({
    request: {
      namespace,
      operation,
      subResource,
      kind: { group: '', version: 'v1', kind },
      resource: { group: '', version: 'v1', resource: `${kind.toLowerCase()}s` },
    },
    object: {
      apiVersion: 'v1',
      kind,
      metadata: { name: 'x', ...(labels && { labels }), ...(annotations && { annotations }) },
      spec: { containers: [{ name: 'app', image: 'app:1' }], ...spec },
    },
    namespaceLabels: { 'kubernetes.io/metadata.name': namespace, 'outrigger.dev/injection': 'enabled' },
  }));

const selector = fc.constantFrom(
  { matchLabels: { app: 'web' } },
  { matchExpressions: [{ key: 'tier', operator: 'In', values: ['vip', 'batch'] }] },
  { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] },
  { matchLabels: { tier: 'vip' }, matchExpressions: [{ key: 'app', operator: 'Exists' }] },
  { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
);
const patterns = fc.constantFrom(['*'], ['shop'], ['team-*'], ['te*-*', 'shop'], []);
const allow = fc.record({
  namespaces: fc.constantFrom(['*'], ['*'], ['shop', 'team-*'], []),
  hostNetwork: fc.boolean(),
  windows: fc.boolean(),
});
const templateSpec = fc.record(
  {
    match: fc.record(
      { namespaces: patterns, excludeNamespaces: patterns, podSelector: selector },
      { requiredKeys: [] },
    ),
    allow,
  },
  { requiredKeys: ['allow'] },
);

/** A fleet with templates `a`, of any kind, and `b`, which every Pod may name; some of them defaults, by any record. */
export const anyFleet: fc.Arbitrary<FleetState> = fc
  .record({
    a: templateSpec,
    policy: fc.constantFrom('enabled', 'disabled'),
    defaultTemplates: fc.subarray(['a', 'b']),
    neverSelectors: fc.array(selector, { maxLength: 2 }),
    alwaysSelectors: fc.array(selector, { maxLength: 2 }),
  })
  .map(({ a, ...record }) => stateOf([templateOf('a', { ...a }), templateOf('b')], record));
