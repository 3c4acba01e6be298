import type { Operation } from 'fast-json-patch';
import { listOf } from '../../kubernetes/pod.ts';
import { segmentsOf } from './verify-directives.ts';

/** Where an operation adds. */
export interface Place {
  readonly parents: readonly string[];
  /** A field of a map, or of a list an index or `-`. */
  readonly last: string;
  readonly isInList: boolean;
}

/** What an operation adds. */
export interface Addition {
  readonly place: Place;
  readonly kind: 'containers' | 'volumes' | undefined;
  readonly added: readonly unknown[];
}

/** What ends the path of an element. A map of the spec may have such a key too: then the Pod is proved as a whole. */
const ELEMENT = /^(-|\d+)$/;

/** What the elements of a list of the spec are, where their names count. */
const KINDS: ReadonlyMap<string, 'containers' | 'volumes'> = new Map([
  ['containers', 'containers'],
  ['initContainers', 'containers'],
  ['volumes', 'volumes'],
]);

/**
 * What an operation adds where; undefined where too much depends on the Pod: for what is no addition, and for one inside
 * a container or volume.
 */
export function additionOf(operation: Operation): Addition | undefined {
  if (operation.op !== 'add') return undefined;
  const segments = segmentsOf(operation.path);
  const last = segments.at(-1) ?? '';
  const [top, list = ''] = segments;
  const isInList = top === 'spec' && ELEMENT.test(last);
  const kind = KINDS.get(list);
  if (kind !== undefined && segments.length > 3) return undefined;
  const added: readonly unknown[] = segments.length === 2 ? listOf(operation, 'value') : [operation.value];
  return { place: { parents: segments.slice(0, -1), last, isInList }, kind, added };
}
