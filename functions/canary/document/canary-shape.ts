import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { CANARY_API_VERSION } from '../canary.ts';

/** The first field of a stored value that has not the shape of a canary's, by its path; undefined for a canary. */
export function wrongField(value: unknown): string | undefined {
  if (!isRecord(value)) return 'the whole of it';
  if (value['apiVersion'] !== CANARY_API_VERSION) return 'apiVersion';
  if (value['kind'] !== 'Canary') return 'kind';
  const { metadata, spec, status } = value;
  if (!isRecord(metadata)) return 'metadata';
  if (!isRecord(spec)) return 'spec';
  if (!isRecord(status)) return 'status';
  return [...metadataFields(metadata), ...specFields(spec), ...statusFields(status, spec['totalWeight'])].find(
    ([, isGood]) => !isGood,
  )?.[0];
}

type Field = readonly [path: string, isGood: boolean];

function metadataFields(metadata: Json): readonly Field[] {
  return [
    ...textFields('metadata', metadata, 'name', 'namespace', 'uid', 'creationTimestamp', 'resourceVersion'),
    ['metadata.resourceVersion', /^\d{1,15}$/.test(String(metadata['resourceVersion']))],
    ['metadata.generation', Number.isSafeInteger(metadata['generation'])],
    ['metadata.labels', isRecord(metadata['labels'])],
    ['metadata.annotations', isRecord(metadata['annotations'])],
  ];
}

function specFields(spec: Json): readonly Field[] {
  return [
    ['spec.service', isService(spec['service'])],
    ['spec.backends', isBackends(spec['backends'])],
    ['spec.exportTo', Array.isArray(spec['exportTo'])],
    ['spec.match', Array.isArray(spec['match'])],
  ];
}

function statusFields(status: Json, total: unknown): readonly Field[] {
  const { weights, atRest, targets, conditions, awaiting } = status;
  const isAwaiting = isRecord(awaiting) && isTexts(awaiting, 'resourceVersion', 'since', 'until');
  return [
    ['status.weights', isRecord(weights) && share(weights['stable']) + share(weights['canary']) === total],
    ...textFields('status', status, 'phase', 'lastTransitionTime'),
    // Older versions wrote none.
    ['status.atRest', atRest === undefined || typeof atRest === 'boolean'],
    ['status.targets', Array.isArray(targets) && targets.every(isTarget)],
    ['status.conditions', Array.isArray(conditions) && conditions.every(isCondition)],
    ['status.awaiting', awaiting === undefined || isAwaiting],
  ];
}

function isTarget(value: unknown): boolean {
  return (
    isRecord(value) &&
    Number.isSafeInteger(value['revision']) &&
    isService(value['service']) &&
    isBackends(value['backends']) &&
    isTexts(value, 'routesFrom')
  );
}

function isCondition(value: unknown): boolean {
  return isRecord(value) && isTexts(value, 'type', 'status', 'reason', 'message', 'lastTransitionTime');
}

function isService(value: unknown): boolean {
  return isRecord(value) && isTexts(value, 'name') && Number.isSafeInteger(value['port']);
}

function isBackends(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false;
  return value.every((b: unknown) => isRecord(b) && isTexts(b, 'name', 'service') && Number.isSafeInteger(b['port']));
}

/** A weight; NaN for what is none, which no sum equals. */
function share(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : Number.NaN;
}

function textFields(path: string, record: Json, ...keys: readonly string[]): readonly Field[] {
  return keys.map((key) => [`${path}.${key}`, isTexts(record, key)]);
}

/** Whether these fields are texts. */
export function isTexts(record: Json, ...keys: readonly string[]): boolean {
  return keys.every((key) => typeof record[key] === 'string');
}
