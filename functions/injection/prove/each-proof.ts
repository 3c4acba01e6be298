import { isDeepStrictEqual } from 'node:util';
import type { Operation } from 'fast-json-patch';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import { child } from '../../kubernetes/json-patch.ts';
import { listOf, type RawPod } from '../../kubernetes/pod.ts';
import { amendedFields, FIELDS, fragmentOf, LISTS } from '../apply/each-container.ts';
import type { PlannedEach } from '../plan/plan-amend.ts';

/** The values that may be added at one path, by `keyOf`, so that one is found among thousands. */
type Values = Map<string, unknown[]>;

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
    const [container, list, index] = IN_CONTAINER.exec(operation.path) ?? [];
    const where = LISTS.find((one) => one === list);
    if (each === undefined || operation.op !== 'add' || container === undefined || where === undefined) return false;
    const known = additions.get(container) ?? additionsOf(pod, each, ours, where, Number(index));
    additions.set(container, known);
    const { path, value } = operation;
    return (
      known
        .get(path)
        ?.get(keyOf(value))
        ?.some((one) => isDeepStrictEqual(one, value)) === true
    );
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
  for (const field of FIELDS) {
    const wanted = listOf(amendment.lists, field);
    const path = `/spec/${where}/${index}/${field}`;
    for (const element of wanted) allow(additions, child(path, '-'), element);
    if (wanted.length > 0 && (own(live, field) ?? null) === null) allow(additions, path, wanted);
  }
  for (const operation of amendedFields(pod, amendment, where, live, index).operations) {
    if (operation.op === 'add') allow(additions, operation.path, operation.value);
  }
  return additions;
}

function allow(additions: Map<string, Values>, path: string, value: unknown): void {
  const values = additions.get(path) ?? new Map<string, unknown[]>();
  const key = keyOf(value);
  const alike = values.get(key);
  if (alike === undefined) values.set(key, [value]);
  else if (typeof value !== 'string') alike.push(value);
  additions.set(path, values);
}

/** What tells texts, variables and mounts apart; the same for equal values. */
function keyOf(value: unknown): string {
  if (typeof value === 'string') return `text ${value}`;
  return isRecord(value) ? JSON.stringify([own(value, 'name'), own(value, 'mountPath')]) : '';
}
