import type { Operation } from 'fast-json-patch';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import { annotationBytes } from '../../kubernetes/annotation-size.ts';
import { hasDirectives } from '../../kubernetes/merge/directives.ts';
import { listOf, mapOf, nameOf, type RawPod } from '../../kubernetes/pod.ts';
import { ANNOTATION_BYTES_MAX } from '../../limits.ts';
import type { Plan } from '../plan/plan.ts';
import { additionOf, type Place } from './addition.ts';

/** What is left to ask about a Pod when its operations were proved on another one. */
export interface Proof {
  readonly plan: Plan;
  readonly places: readonly Place[];
  /** How often the operations add a container, and a volume, of each name of the plan. */
  readonly containers: ReadonlyMap<string, number>;
  readonly volumes: ReadonlyMap<string, number>;
  /** The volumes that added containers mount and no operation adds. */
  readonly mounted: readonly (string | undefined)[];
  /** The bytes of the annotations that the plan adds. */
  readonly annotationBytes: number;
}

/** Every place in a list is looked at, and there is no end of hostile lists; a Pod with more is proved whole. */
const LIST_MAX = 256;
/** Characters of annotations up to which no count in bytes is needed: three bytes each, and ours besides. */
const ANNOTATION_CHARACTERS_MAX = Math.floor(ANNOTATION_BYTES_MAX / 3);

/**
 * What remains to be asked of a proved sequence; undefined where too much depends on the Pod: additions inside the
 * Pod's own containers, removals, replacements and merge directives. What is left adds where nothing was.
 */
export function proofOf(operations: readonly Operation[], plan: Plan): Proof | undefined {
  if (plan.each !== undefined || plan.deletedVolumes.size > 0 || hasDirectives(plan.fragment)) return undefined;
  const places: Place[] = [];
  const containers: unknown[] = [];
  const volumes: unknown[] = [];
  for (const operation of operations) {
    const addition = additionOf(operation);
    if (addition === undefined) return undefined;
    places.push(addition.place);
    if (addition.kind === 'containers') containers.push(...addition.added);
    if (addition.kind === 'volumes') volumes.push(...addition.added);
  }
  const brought = new Set(volumes.map(nameOf));
  return {
    plan,
    places,
    containers: countsOf(plan.containerNames, containers),
    volumes: countsOf(plan.volumeNames, volumes),
    mounted: mountsOf(containers).filter((name) => !brought.has(name)),
    annotationBytes: annotationBytes(mapOf(mapOf(plan.fragment, 'metadata'), 'annotations')),
  };
}

/**
 * Whether a proof holds for another Pod that got the same operations: each adds where there is a parent and nothing else
 * (so they apply strictly, and what was there and said enough still does: a second injection finds nothing), no name
 * is there twice, no mount of ours is without its volume, and the annotations are not too many. False is no fault: it
 * says that the Pod is to be proved as a whole.
 */
export function holdsFor(pod: RawPod, proof: Proof): boolean {
  const spec = own(pod, 'spec');
  const [inits, apps] = [listOf(spec, 'initContainers'), listOf(spec, 'containers')];
  const [others, volumes] = [listOf(spec, 'ephemeralContainers'), listOf(spec, 'volumes')];
  if (inits.length + apps.length + others.length > LIST_MAX || volumes.length > LIST_MAX) return false;
  const taken = new Map(proof.containers);
  for (const container of inits) countIn(taken, container);
  for (const container of apps) countIn(taken, container);
  for (const container of others) countIn(taken, container);
  const there = new Map(proof.volumes);
  for (const volume of volumes) countIn(there, volume);
  if (!isOnceEach(taken) || !isOnceEach(there)) return false;
  const names = new Set(volumes.map(nameOf));
  const isThere = (name: string | undefined): boolean => names.has(name) || proof.volumes.get(name ?? '') === 1;
  const kept = [...inits, ...apps].filter((container) => proof.plan.containerNames.has(nameOf(container) ?? ''));
  if (!proof.mounted.every(isThere) || !mountsOf(kept).every(isThere)) return false;
  return proof.places.every((place) => isFree(pod, place)) && hasRoom(pod, proof.annotationBytes);
}

/** Whether a place has a parent and holds nothing. Lists only grow, so an index that is in now stays in. */
function isFree(pod: RawPod, { parents, last, isInList }: Place): boolean {
  let parent: unknown = pod;
  for (const segment of parents) {
    if (!isRecord(parent)) return false;
    parent = own(parent, segment);
  }
  if (isInList) return Array.isArray(parent) && (last === '-' || Number(last) <= parent.length);
  return isRecord(parent) && (own(parent, last) ?? null) === null;
}

function hasRoom(pod: RawPod, ours: number): boolean {
  let characters = ours;
  const annotations = mapOf(mapOf(pod, 'metadata'), 'annotations');
  for (const key of Object.keys(annotations)) {
    const value = annotations[key];
    characters += key.length + (typeof value === 'string' ? value.length : 0);
  }
  return characters <= ANNOTATION_CHARACTERS_MAX;
}

function countsOf(names: ReadonlySet<string>, added: readonly unknown[]): ReadonlyMap<string, number> {
  const counts = new Map([...names].map((name) => [name, 0]));
  for (const element of added) countIn(counts, element);
  return counts;
}

function countIn(counts: Map<string, number>, element: unknown): void {
  const name = nameOf(element) ?? '';
  const count = counts.get(name);
  if (count !== undefined) counts.set(name, count + 1);
}

function isOnceEach(counts: ReadonlyMap<string, number>): boolean {
  for (const count of counts.values()) if (count !== 1) return false;
  return true;
}

function mountsOf(containers: readonly unknown[]): readonly (string | undefined)[] {
  return containers.flatMap((container) => listOf(container, 'volumeMounts').map(nameOf));
}
