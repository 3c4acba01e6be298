import { CANARY_API_VERSION, type Canary, type CanarySpec, type CanaryTarget } from '../../functions/canary/canary.ts';
import { mayRest } from '../../functions/canary/rest.ts';

/** The moment at which the canaries of the tests were created. */
export const CREATED_AT = Date.parse('2026-11-22T12:00:00.000Z');

/** A spec as a manifest gives it after parsing. */
export function specOf(more: Partial<CanarySpec> = {}): CanarySpec {
  return {
    service: { name: 'cart', port: 8080 },
    backends: [
      { name: 'stable', service: 'cart-stable', port: 8080 },
      { name: 'canary', service: 'cart-canary', port: 8080 },
    ],
    totalWeight: 100,
    exportTo: ['*'],
    match: [],
    ...more,
  };
}

/** A target of the spec above; times in milliseconds after the creation. */
export function targetOf(revision: number, routesFrom: number, keepUntil?: number): CanaryTarget {
  const { service, backends, exportTo } = specOf();
  return {
    revision,
    service,
    backends,
    exportTo,
    routesFrom: new Date(CREATED_AT + routesFrom).toISOString(),
    ...(keepUntil === undefined ? {} : { keepUntil: new Date(CREATED_AT + keepUntil).toISOString() }),
  };
}

/** A canary `shop/cart` at 100/0 that has been created at `CREATED_AT`. */
export function canaryOf(
  more: { status?: Partial<Canary['status']>; metadata?: Partial<Canary['metadata']>; past?: boolean } = {},
): Canary {
  // Long ago by any clock, where a real one decides.
  const ready =
    more.past === true ? { ...targetOf(1, 0), routesFrom: '2020-01-01T00:00:00.000Z' } : targetOf(1, 70_000);
  const status = {
    observedGeneration: 1,
    phase: 'Initializing',
    weights: { stable: 100, canary: 0 },
    targets: [ready],
    conditions: [],
    lastTransitionTime: new Date(CREATED_AT).toISOString(),
    ...more.status,
  } as const;
  return {
    apiVersion: CANARY_API_VERSION,
    kind: 'Canary',
    metadata: {
      name: 'cart',
      namespace: 'shop',
      uid: '00000000-0000-4000-8000-000000000001',
      generation: 1,
      resourceVersion: '1',
      creationTimestamp: new Date(CREATED_AT).toISOString(),
      labels: {},
      annotations: {},
      ...more.metadata,
    },
    spec: specOf(),
    status: { atRest: mayRest(specOf(), status), ...status },
  };
}

/** A manifest of `shop/cart`, as a person writes it; `spec` and `metadata` are laid over its own. */
export function manifestOf(
  spec: Readonly<Record<string, unknown>> = {},
  metadata: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const own = {
    service: { name: 'cart', port: 8080 },
    backends: [
      { name: 'stable', service: 'cart-stable' },
      { name: 'canary', service: 'cart-canary' },
    ],
  };
  const document = {
    apiVersion: CANARY_API_VERSION,
    kind: 'Canary',
    metadata: { name: 'cart', namespace: 'shop', ...metadata },
    spec: { ...own, ...spec },
  };
  // Through JSON, so that what is undefined is absent.
  return JSON.parse(JSON.stringify(document));
}
