import type { Canary, CanaryWeights } from '../../functions/canary/canary.ts';
import type { ProxyReport } from '../../functions/canary/proxy-reports.ts';
import type { AuditEntry, CanaryAbort, IdempotentAnswer } from '../../functions/canary/store.ts';

/** What a stored canary of a test may vary. */
interface Variation {
  readonly namespace?: string;
  readonly name?: string;
  readonly service?: string;
  readonly port?: number;
  readonly version?: number;
  readonly weights?: CanaryWeights;
  readonly note?: string;
}

/** A canary as a store is given it: on its own Service unless told otherwise. */
export function canaryOf(variation: Variation = {}): Canary {
  const { namespace = 'shop', name = 'cart', service = name, port = 8080, version = 1, note = '' } = variation;
  const target = { name: service, port };
  const backends = [
    { name: 'stable', service: `${service}-stable`, port },
    { name: 'canary', service: `${service}-canary`, port },
  ] as const;
  return {
    apiVersion: 'outrigger.dev/v1alpha1',
    kind: 'Canary',
    metadata: {
      name,
      namespace,
      uid: `uid-of-${name}`,
      generation: 1,
      resourceVersion: String(version),
      creationTimestamp: timeOf(0),
      labels: { team: 'payments' },
      annotations: { note },
    },
    spec: {
      service: target,
      backends,
      totalWeight: 100,
      exportTo: ['*'],
      match: [{ cookies: { qa: { exact: 'yes' } } }],
    },
    status: {
      observedGeneration: 1,
      phase: 'Progressing',
      weights: variation.weights ?? { stable: 90, canary: 10 },
      atRest: false,
      targets: [{ revision: 1, service: target, backends, routesFrom: timeOf(0) }],
      awaiting: { resourceVersion: String(version), since: timeOf(version), until: timeOf(version + 60) },
      conditions: [],
      lastTransitionTime: timeOf(version),
    },
  };
}

/** The canary, one write further. */
export function nextOf(canary: Canary, weights: CanaryWeights = canary.status.weights): Canary {
  const resourceVersion = String(Number(canary.metadata.resourceVersion) + 1);
  return {
    ...canary,
    metadata: { ...canary.metadata, resourceVersion },
    status: { ...canary.status, weights },
  };
}

/** The audit entry of a canary's write, some seconds into the test's time. */
export function auditOf(canary: Canary, more: Partial<AuditEntry> & { readonly second?: number } = {}): AuditEntry {
  const { second = Number(canary.metadata.resourceVersion), ...rest } = more;
  const { resourceVersion } = canary.metadata;
  return { time: timeOf(second), who: 'arn:aws:iam::0:role/ci', verb: 'setWeights', resourceVersion, ...rest };
}

/** What an abort sets. */
export function abortOf(second: number): CanaryAbort {
  const lastTransitionTime = timeOf(second);
  const condition = { type: 'Promoted', status: 'False', reason: 'Aborted', message: 'by hand' } as const;
  return {
    weights: { stable: 100, canary: 0 },
    phase: 'Failed',
    conditions: [{ ...condition, lastTransitionTime, observedGeneration: 1 }],
    lastTransitionTime,
    awaitingUntil: timeOf(second + 60),
  };
}

/** An answer kept until so many seconds from now. */
export function answerOf(seconds: number, body = '{}'): IdempotentAnswer {
  return { requestHash: 'a'.repeat(64), statusCode: 200, body, expires: Math.floor(Date.now() / 1_000) + seconds };
}

/** A report of an environment that has seen so many proxies. */
export function reportOf(proxies: number, writtenAt = Date.now()): ProxyReport {
  return {
    writtenAt,
    versions: [{ version: 'v1', canaries: { 'shop/cart': '3' } }],
    proxies: Object.fromEntries(Array.from({ length: proxies }, (_, i) => [`proxy-${i}`, [0, i] as const])),
    names: { 'proxy-0': 'shop/web-0' },
    sampling: 1,
  };
}

function timeOf(second: number): string {
  return new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString();
}
