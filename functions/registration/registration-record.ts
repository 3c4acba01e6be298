import { own } from '../json/check.ts';
import { isRecord } from '../json/faults.ts';
import type { RecordDocument } from './record/record-store.ts';
import type { RegistrationSpec } from './registrar.ts';

/** How a cluster was registered last, as its record keeps it: what `verify` compares with and `rotate` registers again. */
export type KeptRegistration = Omit<RegistrationSpec, 'fleet' | 'cluster' | 'record' | 'keepsDiscovery'>;

/** The epoch whose token belongs into the registered URL: never below what is accepted, and at least 1. */
export function epochOf(record: RecordDocument | undefined): number {
  return Math.max(1, whole(record, 'epoch'), whole(record, 'minEpoch'));
}

/** The lowest epoch that is accepted; tokens begin with 1. */
export function minEpochOf(record: RecordDocument | undefined): number {
  return Math.max(1, whole(record, 'minEpoch'));
}

/**
 * The epochs of a record that is made new: the Unix time in seconds. A record that was deleted took with it how far its
 * epochs had come; the clock is beyond all of them, so that no token of before is minted or accepted again.
 *
 * @param now milliseconds since the epoch
 */
export function newEpochs(now: number): { readonly epoch: number; readonly minEpoch: number } {
  const epoch = Math.floor(now / 1_000);
  return { epoch, minEpoch: epoch };
}

/** Whether a rotation has begun and not ended: the tokens before it are still accepted. */
export function isRotating(record: RecordDocument | undefined): boolean {
  return epochOf(record) > minEpochOf(record);
}

/** The field `registration` of a record. */
export function keptRegistration(spec: RegistrationSpec): Record<string, unknown> {
  const { endpoint, discovery, failurePolicy, reinvocationPolicy, timeoutSeconds, companionPolicy } = spec;
  const { namespaces, selfTest } = spec;
  return {
    endpoint: { url: endpoint.url, ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }) },
    ...(discovery === undefined ? {} : { discovery }),
    ...{ failurePolicy, reinvocationPolicy, timeoutSeconds, companionPolicy },
    ...(namespaces === undefined || namespaces.length === 0 ? {} : { namespaces: [...namespaces] }),
    ...(selfTest === undefined ? {} : { selfTest }),
  };
}

/** Reads it back; undefined when the cluster is not registered, or the field is not one of ours. */
export function readRegistration(record: RecordDocument | undefined): KeptRegistration | undefined {
  const kept = record === undefined ? undefined : own(record, 'registration');
  const endpoint = isRecord(kept) ? own(kept, 'endpoint') : undefined;
  if (!isRecord(kept) || !isRecord(endpoint)) return undefined;
  const { url, ca } = endpoint;
  const {
    discovery,
    failurePolicy,
    reinvocationPolicy,
    timeoutSeconds,
    companionPolicy,
    namespaces = [],
    selfTest,
  } = kept;
  const failure = (['Ignore', 'Fail'] as const).find((p) => p === failurePolicy);
  const reinvocation = (['Never', 'IfNeeded'] as const).find((p) => p === reinvocationPolicy);
  const companion = (['Warn', 'Deny', 'None'] as const).find((p) => p === companionPolicy);
  if (typeof url !== 'string' || typeof timeoutSeconds !== 'number' || !Array.isArray(namespaces)) return undefined;
  if (failure === undefined || reinvocation === undefined || companion === undefined) return undefined;
  const stage = namespaces.filter((n: unknown): n is string => typeof n === 'string');
  return {
    endpoint: { url, ...(typeof ca === 'string' ? { ca } : {}) },
    ...(typeof discovery === 'string' && URL.canParse(discovery) ? { discovery } : {}),
    ...{ failurePolicy: failure, reinvocationPolicy: reinvocation, companionPolicy: companion, timeoutSeconds },
    ...(stage.length === 0 ? {} : { namespaces: stage }),
    ...(selfTest === 'None' ? { selfTest } : {}),
  };
}

function whole(record: RecordDocument | undefined, key: string): number {
  const value = record === undefined ? undefined : own(record, key);
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0;
}
