import type { Operation } from 'fast-json-patch';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import { child } from '../../kubernetes/json-patch.ts';
import { listOf, type RawPod } from '../../kubernetes/pod.ts';
import { amendedFields, FIELDS, fragmentOf, LISTS } from '../apply/each-container.ts';
import type { PlannedEach } from '../plan/plan-amend.ts';

/** The values that may be added at one path, by `textOf`, so that one is found among thousands. */
type Values = Set<string>;

const IN_CONTAINER = /^\/spec\/(initContainers|containers)\/(\d+)\//;

/**
 * Makes the check whether an operation is one that `mergeIntoEach` may make: a new element, or a whole list where there
 * was none; of other fields exactly those that it makes for this container. What a container may get is worked out once,
 * when its first operation is asked about, so the check must not outlive a change of the Pod.
 *
 * @param ours names of the containers that the templates add
 */
export function createEachProof(
  pod: RawPod,
  each: PlannedEach | undefined,
  ours: ReadonlySet<string>,
): (operation: Operation) => boolean {
  const additions = new Map<string, ReadonlyMap<string, Values>>();
  return (operation) => {
    const [container = '', list, index] = IN_CONTAINER.exec(operation.path) ?? [];
    const where = LISTS.find((one) => one === list);
    if (each === undefined || operation.op !== 'add' || where === undefined) return false;
    const known = additions.get(container) ?? additionsOf(pod, each, ours, where, Number(index));
    additions.set(container, known);
    return known.get(operation.path)?.has(textOf(operation.value)) === true;
  };
}

/** All that may be added to a container, by path. */
function additionsOf(
  pod: RawPod,
  each: PlannedEach,
  ours: ReadonlySet<string>,
  where: (typeof LISTS)[number],
  index: number,
): ReadonlyMap<string, Values> {
  const additions = new Map<string, Values>();
  const live = listOf(own(pod, 'spec'), where)[index];
  const amendment = fragmentOf(pod, each, ours, where, live);
  if (amendment === undefined || !isRecord(live)) return additions;
  for (const field of FIELDS.filter((one) => Object.hasOwn(amendment.lists, one))) {
    const wanted = listOf(amendment.lists, field);
    const path = `/spec/${where}/${index}/${field}`;
    for (const element of wanted) allow(additions, child(path, '-'), element);
    if ((own(live, field) ?? null) === null) allow(additions, path, wanted);
  }
  for (const { path, value } of amendedFields(pod, amendment, where, live, index).operations) {
    allow(additions, path, value);
  }
  return additions;
}

function allow(additions: Map<string, Values>, path: string, value: unknown): void {
  additions.set(path, (additions.get(path) ?? new Set<string>()).add(textOf(value)));
}

/** A value of JSON as text; the same for equal values, in whatever order their fields are written. */
function textOf(value: unknown): string {
  const sorted = (_key: string, inner: unknown): unknown =>
    isRecord(inner) ? Object.fromEntries(Object.entries(inner).sort()) : inner;
  return JSON.stringify(value, sorted);
}
