import type { Operation } from 'fast-json-patch';
import { putNewest } from '../../http/bounded-map.ts';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { CONTAINER } from '../../kubernetes/merge/merge-keys.ts';
import { mergeMap } from '../../kubernetes/merge/strategic-merge.ts';
import { isBroughtByPod } from '../../kubernetes/ownership.ts';
import { listOf, mapOf, nameOf, type RawPod } from '../../kubernetes/pod.ts';
import { STATUS } from '../annotations.ts';
import type { PlannedAmendment, PlannedEach } from '../plan/plan-amend.ts';
import { type Amended, amendFields } from './amend-fields.ts';
import { PatchSize } from './patch-size.ts';

/** The lists whose containers are amended. */
export const LISTS = ['initContainers', 'containers'] as const;
/** The lists of a container that are merged by their keys. */
export const FIELDS = ['env', 'volumeMounts'] as const;
/** Warnings beyond these are not collected: the outcome keeps fewer. */
const WARNINGS_MAX = 64;
/** Paths remembered for one fragment; a Pod made to have more containers is not helped. */
const PATHS_MAX = 64;

/**
 * Adds to the containers and init containers that the Pod itself brought; ours (which are amended in the plan), and those
 * of other webhooks, are left alone. What a container says itself is never overwritten: it stays, with a warning.
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
  const warn = (warning: string): void => {
    if (warnings.length < WARNINGS_MAX) warnings.push(warning);
  };
  const size = new PatchSize();
  if (each === undefined) return { operations, warnings };
  for (const list of LISTS) {
    for (const [i, live] of listOf(own(pod, 'spec'), list).entries()) {
      const fragment = fragmentOf(pod, each, ours, list, live);
      if (fragment === undefined || !isRecord(live)) continue;
      const merged = mergeMap(
        live,
        at(fragment.lists, `/spec/${list}/${i}`),
        CONTAINER,
        `/spec/${list}/${i}`,
        (path, key) => {
          // Asked about the fields of an element as well: the element itself is what people know.
          const verb = path.endsWith('/env') ? 'sets' : path.endsWith('/volumeMounts') ? 'mounts' : undefined;
          const note = `outrigger: container ${nameOf(live)} ${verb} ${key} itself; the template's was not added`;
          if (verb !== undefined) warn(note);
          return true;
        },
      );
      const { operations: more, kept } = amendedFields(pod, fragment, list, live, i);
      for (const what of kept) warn(`outrigger: container ${nameOf(live)} keeps ${what}; the template's was not added`);
      merged.push(...more);
      size.add(merged);
      const excess = size.excess();
      if (excess !== undefined) return { excess };
      operations.push(...merged);
    }
  }
  return { operations, warnings };
}

/** What a container gets beside variables and mounts; `list` and `index` say where it stands. */
export function amendedFields(
  pod: RawPod,
  amendment: PlannedAmendment,
  list: (typeof LISTS)[number],
  live: Readonly<Record<string, unknown>>,
  index: number,
): Amended {
  const mayLive = list === 'containers' || own(live, 'restartPolicy') === 'Always';
  const wasInjected = Object.hasOwn(mapOf(mapOf(pod, 'metadata'), 'annotations'), STATUS);
  return amendFields(live, amendment, `/spec/${list}/${index}`, mayLive, wasInjected);
}

/** What a container gets: nothing where it is not the Pod's own, or is not of the shape that the API has. */
export function fragmentOf(
  pod: RawPod,
  each: PlannedEach,
  ours: ReadonlySet<string>,
  list: (typeof LISTS)[number],
  live: unknown,
): PlannedAmendment | undefined {
  const name = nameOf(live);
  if (name === undefined || ours.has(name) || !isRecord(live)) return undefined;
  if ([...FIELDS, 'args'].some((field) => !Array.isArray(own(live, field) ?? []))) return undefined;
  const amendment = each.exceptions.get(name) ?? each.everyone;
  // Where there is nothing to add nothing is asked, so that no Pod is decoded twice for another's container.
  return isNothing(amendment) || !isBroughtByPod(pod, `/spec/${list}`, live) ? undefined : amendment;
}

function isNothing({ lists, fields, args }: PlannedAmendment): boolean {
  return Object.keys(lists).length + Object.keys(fields).length + args.length === 0;
}

const copies = new WeakMap<Json, Map<string, Json>>();

/** The fragment as an object of its own for each place: what is compiled is remembered by object, path included. */
function at(fragment: Json, path: string): Json {
  const known = copies.get(fragment) ?? new Map<string, Json>();
  const copy = known.get(path) ?? { ...fragment };
  putNewest(known, path, copy, PATHS_MAX);
  copies.set(fragment, known);
  return copy;
}
