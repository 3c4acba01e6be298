import { isDeepStrictEqual } from 'node:util';
import type { Operation } from 'fast-json-patch';
import { isRecord } from '../faults.ts';
import { own } from '../template/check.ts';
import type { JsonObject, Template } from '../template/template.ts';
import { CONTAINER } from './merge-keys.ts';
import { isBroughtByPod } from './ownership.ts';
import { PatchSize } from './patch-size.ts';
import { listOf, mapOf, nameOf, type RawPod } from './pod.ts';
import { mergeMap } from './strategic-merge.ts';

/** What every container of the Pod gets: those that an `except` names get less. Frozen. */
export interface PlannedEach {
  readonly everyone: JsonObject;
  readonly exceptions: ReadonlyMap<string, JsonObject>;
}

const LISTS = ['initContainers', 'containers'] as const;
const FIELDS = ['env', 'volumeMounts'] as const;
/** Warnings beyond these are not collected: the outcome keeps fewer. */
const WARNINGS_MAX = 64;
/** Paths remembered for one fragment; a Pod made to have more containers is not helped. */
const PATHS_MAX = 64;

/** The fragments of several templates made one; undefined where none has any. Twins were compared before. */
export function planEach(templates: readonly Template[]): PlannedEach | undefined {
  const parts = templates.flatMap(({ pod }) => pod.eachContainer ?? []);
  if (parts.length === 0) return undefined;
  const fragmentFor = (name: string | undefined): JsonObject => {
    const mine = parts.filter(({ except }) => name === undefined || !except.includes(name));
    const env = new Map(mine.flatMap((part) => part.env.map((e) => [e['name'], e])));
    const mounts = new Map(mine.flatMap((part) => part.volumeMounts.map((m) => [m['mountPath'], m])));
    return Object.freeze({
      ...(env.size === 0 ? {} : { env: Object.freeze([...env.values()]) }),
      ...(mounts.size === 0 ? {} : { volumeMounts: Object.freeze([...mounts.values()]) }),
    });
  };
  const named = new Set(parts.flatMap((part) => part.except));
  return { everyone: fragmentFor(undefined), exceptions: new Map([...named].map((n) => [n, fragmentFor(n)])) };
}

/**
 * Adds to every container and init container that the Pod itself brought; ours, and those of other webhooks, are left
 * alone. What a container says itself is never overwritten: it stays, with a warning.
 *
 * @param ours names of the containers that the templates add
 * @returns the operations, or what is too much: here alone a template is multiplied, by all that a Pod may hold
 */
export function mergeIntoEach(
  pod: RawPod,
  each: PlannedEach | undefined,
  ours: ReadonlySet<string>,
): { readonly operations: readonly Operation[]; readonly warnings: readonly string[] } | { readonly excess: string } {
  const operations: Operation[] = [];
  const warnings: string[] = [];
  const size = new PatchSize();
  if (each === undefined) return { operations, warnings };
  for (const list of LISTS) {
    for (const [i, live] of listOf(own(pod, 'spec'), list).entries()) {
      const fragment = fragmentOf(pod, each, ours, list, live);
      if (fragment === undefined || !isRecord(live)) continue;
      const merged = mergeMap(
        live,
        at(fragment, `/spec/${list}/${i}`),
        CONTAINER,
        `/spec/${list}/${i}`,
        (path, key) => {
          // Asked about the fields of an element as well: the element itself is what people know.
          const verb = path.endsWith('/env') ? 'sets' : path.endsWith('/volumeMounts') ? 'mounts' : undefined;
          const note = `outrigger: container ${nameOf(live)} ${verb} ${key} itself; the template's was not added`;
          if (verb !== undefined && warnings.length < WARNINGS_MAX) warnings.push(note);
          return true;
        },
      );
      size.add(merged);
      const excess = size.excess();
      if (excess !== undefined) return { excess };
      operations.push(...merged);
    }
  }
  return { operations, warnings };
}

/** Whether an operation is one that `mergeIntoEach` may make: a new element, or a whole list where there was none. */
export function isForEach(
  pod: RawPod,
  operation: Operation,
  each: PlannedEach | undefined,
  ours: ReadonlySet<string>,
): boolean {
  const [, , list = '', index = '', name = '', end, ...more] = operation.path.split('/');
  const [where, field] = [LISTS.find((l) => l === list), FIELDS.find((f) => f === name)];
  if (each === undefined || where === undefined || field === undefined || operation.op !== 'add') return false;
  if (!/^\d+$/.test(index) || (end ?? '-') !== '-' || more.length > 0) return false;
  const live = listOf(own(pod, 'spec'), where)[Number(index)];
  const wanted = listOf(fragmentOf(pod, each, ours, where, live), field);
  if (end === '-') return wanted.some((element) => isDeepStrictEqual(element, operation.value));
  return (own(mapOf({ live }, 'live'), field) ?? null) === null && isDeepStrictEqual(wanted, operation.value);
}

/** What a container gets: nothing where it is not the Pod's own, or is not of the shape that the API has. */
function fragmentOf(
  pod: RawPod,
  each: PlannedEach,
  ours: ReadonlySet<string>,
  list: (typeof LISTS)[number],
  live: unknown,
): JsonObject | undefined {
  const name = nameOf(live);
  if (name === undefined || ours.has(name) || !isRecord(live)) return undefined;
  if (FIELDS.some((field) => !Array.isArray(own(live, field) ?? []))) return undefined;
  return isBroughtByPod(pod, `/spec/${list}`, live) ? (each.exceptions.get(name) ?? each.everyone) : undefined;
}

const copies = new WeakMap<JsonObject, Map<string, JsonObject>>();

/** The fragment as an object of its own for each place: what is compiled is remembered by object, path included. */
function at(fragment: JsonObject, path: string): JsonObject {
  const known = copies.get(fragment) ?? new Map<string, JsonObject>();
  const copy = known.get(path) ?? { ...fragment };
  if (known.size < PATHS_MAX) copies.set(fragment, known.set(path, copy));
  return copy;
}
