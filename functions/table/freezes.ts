import { type Freeze, type FreezePlace, wrongFreezeField } from '../canary/freeze/freeze.ts';
import { CanaryStoreError } from '../errors.ts';
import { type RowKey, rowKey, segments } from './row-key.ts';
import type { RowRange } from './rows.ts';
import { parseJson } from './stored.ts';

const PREFIX = 'freeze#';

/**
 * `freeze#{namespace}#{name}` in the partition `Z#{cluster}`; without a name of a cluster, which none is, it is the fleet's, and
 * without a namespace the cluster's own.
 */
export function freezeKey(place: FreezePlace, name: string): RowKey {
  return rowKey('', `${prefixOf(place)}${segments(name)}`, partitionOf(place.scope === 'Fleet' ? '' : place.cluster));
}

/** The freezes of one place, by name. */
export function freezesOf(place: FreezePlace): RowRange {
  return { partition: partitionOf(place.scope === 'Fleet' ? '' : place.cluster), prefix: prefixOf(place) };
}

/** All that can hold a canary of a Kubernetes cluster: the fleet's, and those of the cluster and its namespaces. */
export function freezesFor(cluster: string): readonly RowRange[] {
  return ['', cluster].map((each) => ({ partition: partitionOf(each), prefix: PREFIX }));
}

/** A freeze as it was written, else throws CanaryStoreError: one that is left out would let a share through. */
export function readFreeze(text: string | undefined, where: string): Freeze {
  const value = parseJson(text);
  if (isFreeze(value)) return value;
  const field = wrongFreezeField(value) ?? 'the whole of it';
  throw new CanaryStoreError(`the stored freeze at ${where} cannot be read (${field}): delete it`, {
    field,
  });
}

function partitionOf(cluster: string): string {
  return `Z#${segments(cluster)}`;
}

function prefixOf(place: FreezePlace): string {
  return `${PREFIX}${segments(place.scope === 'Namespace' ? place.namespace : '')}#`;
}

function isFreeze(value: unknown): value is Freeze {
  return wrongFreezeField(value) === undefined;
}
