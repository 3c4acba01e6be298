import fc from 'fast-check';
import type { FleetState } from '../../functions/template-store/cache/fleet-state.ts';
import { ASKED_OF_PODS, type AskedOf } from './asked-of-pods.ts';
import type { PolicyRequest } from './policy-cel.ts';
import { stateOf, templateOf } from './templates.ts';
import { at, recordOf } from './values.ts';

/** Mostly the first, sometimes one of the others. */
function mostly<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, fc.constantFrom(...others));
}

/** A map with some of these keys. */
function some(values: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Record<string, unknown>> {
  const present = ([, value]: readonly [string, unknown]): boolean => value !== undefined;
  return fc.record(values, { requiredKeys: [] }).map((map) => Object.fromEntries(Object.entries(map).filter(present)));
}

const absent = fc.constant(undefined);

/** The values that the rules ask for at a place of the request. */
function askedAt(place: AskedOf['where']): readonly string[] {
  return ASKED_OF_PODS.flatMap(({ where, value }) => (where === place && typeof value === 'string' ? [value] : []));
}

/**
 * The keys of a map of the Pod that the rules ask for, each with the values asked for and ones that no rule asks for. Most
 * Pods have few of them, so that rules come into force alone.
 */
function askedIn(map: 'labels' | 'annotations'): Record<string, fc.Arbitrary<unknown>> {
  const keys = ASKED_OF_PODS.flatMap(({ where, path }) => (where === map ? path : []));
  return Object.fromEntries(
    keys.map((key) => {
      const asked = ASKED_OF_PODS.filter(({ where, path }) => where === map && path[0] === key);
      const values = fc.constantFrom('odd', '', ...asked.map(({ value }) => value));
      return [key, fc.oneof({ weight: 2, arbitrary: absent }, values)];
    }),
  );
}

const namespace = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('shop', 'team-a', 'test-0') },
  fc.constantFrom(...askedAt('namespace')),
);
const labels = some({
  ...askedIn('labels'),
  app: fc.constantFrom('web', 'db', ''),
  tier: fc.constantFrom('vip', 'batch'),
});
const annotations = some({
  ...askedIn('annotations'),
  'outrigger.dev/templates': fc.constantFrom('a', 'b', 'a,b', ' b , a ,', ',', '', ' ', 'a,a'),
  'example.com/other': fc.constant('x'),
});
// Most Pods are no mirror Pods.
const unmirrored = annotations.map(({ 'kubernetes.io/config.mirror': _, ...others }) => others);

/** Fields of the spec that the rules ask for, each absent, as asked for, or another. */
const spec = fc
  .tuple(
    ...ASKED_OF_PODS.filter(({ where }) => where === 'spec').map(({ path, value }) =>
      fc.constantFrom(undefined, value, typeof value === 'boolean' ? !value : 'linux').map((is) => ({ path, is })),
    ),
  )
  .map((fields) => fields.reduce((made, { path, is }) => (is === undefined ? made : withField(made, path, is)), {}));

function withField(owner: object, [key = '', ...rest]: readonly string[], value: unknown): Record<string, unknown> {
  const inner = rest.length === 0 ? value : withField(recordOf(at(owner, key) ?? {}), rest, value);
  return { ...owner, [key]: inner };
}

/** Requests as the API server has them, of Pods that the rules tell apart; some are for no Pod that is being created. */
export const anyRequest: fc.Arbitrary<PolicyRequest> = fc
  .record({
    namespace,
    labels: fc.oneof(absent, labels),
    annotations: fc.oneof(absent, { weight: 6, arbitrary: unmirrored }, { weight: 2, arbitrary: annotations }),
    spec: fc.oneof(fc.constant({}), spec),
    operation: mostly('CREATE', 'UPDATE', 'DELETE', ...askedAt('operation')),
    subResource: mostly('', 'status', 'ephemeralcontainers', ...askedAt('subResource')),
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
