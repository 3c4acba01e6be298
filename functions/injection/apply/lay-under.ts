import type { Operation } from 'fast-json-patch';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { replace } from '../../kubernetes/json-patch.ts';
import { CONTAINER } from '../../kubernetes/merge/merge-keys.ts';
import { covers } from '../../kubernetes/merge/same-values.ts';
import { isBroughtByPod } from '../../kubernetes/ownership.ts';
import { listOf, mapOf, nameOf, type RawPod } from '../../kubernetes/pod.ts';
import { STATUS } from '../annotations.ts';
import type { PlacedContainer, Plan } from '../plan/plan.ts';
import type { AdmissionAdds } from './admission-adds.ts';
import { bringUp } from './bring-up.ts';
import { customizeContainer, strayBroughtByPod } from './customize.ts';
import type { Former } from './former.ts';

/** The lists of containers that a Pod has. */
export const LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** What to change in containers that are there already, or the one that stands in the way. */
export type LaidUnder = { readonly operations: readonly Operation[] } | { readonly conflict: string };

/**
 * What to change in the containers of our names that are there already. Ours may have been changed by other webhooks,
 * which is kept; the Pod's own is the same and no more, or sets no more than it may: what a template of the same name
 * brings must not carry a stranger's command or privileges in.
 *
 * @param spec the Pod's
 * @param adds what admission adds to every container
 * @param former what earlier versions of the templates made; absent: not known
 */
export function layUnder(
  pod: RawPod,
  spec: Json,
  plan: Plan,
  adds: AdmissionAdds,
  former: Former | undefined,
): LaidUnder {
  const operations: Operation[] = [];
  for (const list of ['initContainers', 'containers'] as const) {
    for (const placed of plan[list]) {
      if (hasPlaceholder(spec, list, placed)) return { conflict: placeholderIn(placed) };
      const laid = layUnderPlaced(pod, spec, { list, placed, adds, former });
      if (laid === undefined) return { conflict: placed.container.name };
      operations.push(...laid);
    }
  }
  return { operations };
}

/** `image: auto`, by which Istio's users leave the image to the template; here it would be pulled, and never come. */
const PLACEHOLDER = 'auto';

function hasPlaceholder(spec: Json, list: string, { container }: PlacedContainer): boolean {
  const { name } = container;
  return listOf(spec, list).some(
    (live) => nameOf(live) === name && isRecord(live) && own(live, 'image') === PLACEHOLDER,
  );
}

function placeholderIn({ container }: PlacedContainer): string {
  return `${container.name} has image: auto, which names no image here; write the template's, ${String(container['image'])}`;
}

/** A container that a template places into a list. */
interface Placing {
  readonly list: 'initContainers' | 'containers';
  readonly placed: PlacedContainer;
  readonly adds: AdmissionAdds;
  readonly former: Former | undefined;
}

/** Undefined when a container of the name stands in our way. */
function layUnderPlaced(pod: RawPod, spec: Json, placing: Placing): readonly Operation[] | undefined {
  const { list, placed } = placing;
  const operations: Operation[] = [];
  for (const where of LISTS) {
    for (const [i, live] of listOf(spec, where).entries()) {
      if (nameOf(live) !== placed.container.name || !isRecord(live)) continue;
      if (where !== list) return undefined;
      const laid = layUnderLive(pod, live, i, placing);
      if (laid === undefined) return undefined;
      operations.push(...laid);
    }
  }
  return operations;
}

function layUnderLive(
  pod: RawPod,
  live: Json,
  index: number,
  { list, placed, adds, former }: Placing,
): readonly Operation[] | undefined {
  const { container, fields = [] } = placed;
  const path = `/spec/${list}/${index}`;
  const isStray = strayBroughtByPod(pod, `/spec/${list}`, live, placed, adds) !== undefined;
  if (!isStray && covers(live, container, CONTAINER)) return [];
  if (isChangedByOthers(pod, list, live)) return [];
  const laid = isStray || fields.length === 0 ? undefined : customizeContainer(pod, live, placed, path, adds);
  if (laid !== undefined) return laid;
  const present = former && bringUp(pod, list, live, placed, former, adds);
  return present === undefined ? undefined : [replace(path, present)];
}

/**
 * Whether a container that differs from the template is ours all the same: it was not in the request, and our status
 * annotation stands there. A Pod that forges the annotation cannot take its own container out of the managedFields.
 */
function isChangedByOthers(pod: RawPod, where: string, live: unknown): boolean {
  const isMarked = Object.hasOwn(mapOf(mapOf(pod, 'metadata'), 'annotations'), STATUS);
  return isMarked && !isBroughtByPod(pod, `/spec/${where}`, live);
}
