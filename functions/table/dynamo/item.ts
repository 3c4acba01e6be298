import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Canary, CanaryWeights } from '../../canary/canary.ts';
import type { CanaryAbort } from '../../canary/store.ts';
import { CanaryStoreError } from '../../errors.ts';
import type { RowKey } from '../row-key.ts';
import { parseJson, readCanary, writeStored } from '../stored.ts';

/** What DynamoDB keeps of one thing, as its wire says it. */
export type Item = Record<string, AttributeValue>;

/** The table's key (infra/deploy/storage.yml). */
export function itemKey({ partition, sort }: RowKey): Item {
  return { PK: { S: partition }, SK: { S: sort } };
}

/** A number as DynamoDB's wire says it. */
export function number(value: number | string): AttributeValue {
  return { N: String(value) };
}

/**
 * A canary's attributes. What an abort sets is apart from the rest, so that it can be set whatever the rest is:
 * `weights`, `phase`, `conditions` (JSON), `lastTransitionTime`, `awaiting…` and `resourceVersion`; `metadata`, `spec`
 * and `status` are the rest, as JSON.
 */
export function canaryItem(key: RowKey, canary: Canary): Item {
  writeStored('canary', canary);
  const { resourceVersion, ...metadata } = canary.metadata;
  const { weights, phase, conditions, lastTransitionTime, awaiting, ...status } = canary.status;
  return {
    ...itemKey(key),
    resourceVersion: number(resourceVersion),
    metadata: { S: JSON.stringify(metadata) },
    spec: { S: JSON.stringify(canary.spec) },
    status: { S: JSON.stringify(status) },
    ...stateAttributes({ weights, phase, conditions, lastTransitionTime }),
    ...(awaiting === undefined ? {} : { awaitingVersion: number(awaiting.resourceVersion), ...timesOf(awaiting) }),
  };
}

/** The attributes that an abort sets to values of its own; its versions are counted in the expression. */
export function abortAttributes({ awaitingUntil, ...state }: CanaryAbort): Item {
  return {
    ...stateAttributes(state),
    awaitingSince: { S: state.lastTransitionTime },
    awaitingUntil: { S: awaitingUntil },
  };
}

/** The attributes that are written where no weight moves: all of a status but weights and which write is awaited. */
export function phaseAttributes(status: Canary['status']): Item {
  const { weights: _, phase, conditions, lastTransitionTime, awaiting, ...rest } = status;
  const awaited = awaiting === undefined ? {} : timesOf(awaiting);
  return { status: { S: JSON.stringify(rest) }, ...phaseOf({ phase, conditions, lastTransitionTime }), ...awaited };
}

/** The canary that the attributes are; throws CanaryStoreError for an item that this program did not write. */
export function readCanaryItem(item: Item): Canary {
  const where = item['SK']?.S ?? 'an unknown key';
  const { apiVersion, kind } = { apiVersion: 'outrigger.dev/v1alpha1', kind: 'Canary' };
  const version = item['awaitingVersion']?.N;
  const since = item['awaitingSince']?.S;
  const until = item['awaitingUntil']?.S;
  const canary = {
    apiVersion,
    kind,
    metadata: { ...recordOf(item, 'metadata', where), resourceVersion: item['resourceVersion']?.N },
    spec: parseJson(item['spec']?.S),
    status: {
      ...recordOf(item, 'status', where),
      weights: readWeights(item['weights']),
      phase: item['phase']?.S,
      conditions: parseJson(item['conditions']?.S),
      lastTransitionTime: item['lastTransitionTime']?.S,
      ...(version === undefined ? {} : { awaiting: { resourceVersion: version, since, until } }),
    },
  };
  return readCanary(canary, where);
}

function stateAttributes(state: Omit<CanaryAbort, 'awaitingUntil'>): Item {
  const { weights } = state;
  return {
    weights: { M: { stable: number(weights.stable), canary: number(weights.canary) } },
    ...phaseOf(state),
  };
}

function timesOf({ since, until }: NonNullable<Canary['status']['awaiting']>): Item {
  return { awaitingSince: { S: since }, awaitingUntil: { S: until } };
}

function readWeights(value: AttributeValue | undefined): CanaryWeights {
  return { stable: Number(value?.M?.['stable']?.N), canary: Number(value?.M?.['canary']?.N) };
}

function recordOf(item: Item, name: string, where: string): object {
  const value = parseJson(item[name]?.S);
  if (typeof value === 'object' && value !== null) return value;
  const message = `the attribute ${name} of the item at ${where} is not JSON: correct it or delete it`;
  throw new CanaryStoreError(message, { field: name });
}

function phaseOf(status: Pick<Canary['status'], 'phase' | 'conditions' | 'lastTransitionTime'>): Item {
  return {
    phase: { S: status.phase },
    conditions: { S: JSON.stringify(status.conditions) },
    lastTransitionTime: { S: status.lastTransitionTime },
  };
}
