import type { Operation } from 'fast-json-patch';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import { child, replace } from '../../kubernetes/json-patch.ts';
import { withoutDirectives } from '../../kubernetes/merge/directives.ts';
import { CONTAINER, POD } from '../../kubernetes/merge/merge-keys.ts';
import { covers } from '../../kubernetes/merge/same-values.ts';
import { mergeMap } from '../../kubernetes/merge/strategic-merge.ts';
import { isBroughtByPod } from '../../kubernetes/ownership.ts';
import { listOf, mapOf, nameOf, type RawPod } from '../../kubernetes/pod.ts';
import { STATUS } from '../annotations.ts';
import type { Reason } from '../decide/reasons.ts';
import type { PlacedContainer, Plan } from '../plan/plan.ts';
import { type AdmissionAdds, BUILT_IN_ADDS } from './admission-adds.ts';
import { bringUp, isFormerVolume } from './bring-up.ts';
import { customizeContainer, strayBroughtByPod } from './customize.ts';
import { mergeIntoEach } from './each-container.ts';
import type { Former } from './former.ts';
import { warningsAboutOverwrites } from './overwrite-warnings.ts';
import { placeContainers } from './placement.ts';

/** The operations that make a Pod what the plan says (none: it is so already), or why that cannot be. */
export type Injection =
  | { readonly operations: readonly Operation[]; readonly warnings?: readonly string[] }
  | { readonly reason: Reason; readonly detail: string };

/** Changing a label can take the Pod away from its ReplicaSet, which then makes another, without end. */
const LABELS = '/metadata/labels';

const LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/**
 * Computes the patch that applies a plan to a Pod. Pure: the Pod is not changed, and neither is anything of the plan.
 * Applying the patch and asking again gives no operations, also after the API server has filled in its defaults and
 * other webhooks have changed what we added.
 *
 * @param adds what admission adds to every container; absent: the built-in list
 * @param former what earlier versions of the templates made, which is brought to the present one; absent: not known
 */
export function injectPlan(pod: RawPod, plan: Plan, adds: AdmissionAdds = BUILT_IN_ADDS, former?: Former): Injection {
  const spec = own(pod, 'spec');
  if (!isRecord(spec)) return { reason: 'MalformedPod', detail: 'spec is not an object' };
  const malformed = [...LISTS, 'volumes'].find((list) => !Array.isArray(own(spec, list) ?? []));
  if (malformed !== undefined) return { reason: 'MalformedPod', detail: `spec.${malformed} is not a list` };

  const customized: Operation[] = [];
  for (const list of ['initContainers', 'containers'] as const) {
    for (const placed of plan[list]) {
      if (hasPlaceholder(spec, list, placed)) return { reason: 'ContainerNameConflict', detail: placeholderIn(placed) };
      const laid = layUnder(pod, spec, list, placed, adds, former);
      if (laid === undefined) return { reason: 'ContainerNameConflict', detail: placed.container.name };
      customized.push(...laid);
    }
  }
  const renewed: Operation[] = [];
  let volume: string | undefined;
  const kept: string[] = [];
  const operations = mergeMap(pod, plan.fragment, POD, '', (path, key, live) => {
    if (path === LABELS) return kept.push(key) > 0;
    if (path !== '/spec/volumes') return isRecord(live) && !isBroughtByPod(pod, path, live);
    if (!isBroughtByPod(pod, path, live)) return true;
    const name = nameOf(live) ?? '';
    const present = listOf(own(plan.fragment, 'spec'), 'volumes').find((one) => nameOf(one) === name);
    if (former === undefined || !isFormerVolume(name, live, former)) volume ??= key;
    else renewed.push(replace(child(path, listOf(spec, 'volumes').indexOf(live)), withoutDirectives(present)));
    return true;
  });
  if (volume !== undefined) return { reason: 'VolumeNameConflict', detail: volume };

  const overwritten = warningsAboutOverwrites(pod, operations);
  // Before the merge removes or moves volumes: their places are those of the Pod as it came.
  operations.unshift(...renewed);

  // Before the placing, which moves the places of containers.
  const each = mergeIntoEach(pod, plan.each, plan.containerNames);
  if ('excess' in each) return { reason: 'PatchTooLarge', detail: each.excess };
  for (const operation of [...customized, ...each.operations]) operations.push(operation);
  for (const list of ['initContainers', 'containers'] as const) {
    const placed = placeContainers(listOf(spec, list), plan[list], `/spec/${list}`);
    if ('missing' in placed) return { reason: 'PlacementTargetMissing', detail: placed.missing };
    operations.push(...placed.operations);
  }
  const isWhole = (operation: Operation): boolean =>
    operation.op === 'replace' && operation.path.split('/').length === 4;
  const updated = [...customized, ...renewed]
    .filter(isWhole)
    .map(({ path }) => `outrigger: ${path} is of an earlier version of its template; replaced`);
  const labels = kept.map((label) => `outrigger: the Pod keeps its own label ${label}`);
  const warnings = [...updated, ...overwritten, ...labels, ...each.warnings];
  return warnings.length === 0 ? { operations } : { operations, warnings };
}

/** `image: auto`, by which Istio's users leave the image to the template; here it would be pulled, and never come. */
const PLACEHOLDER = 'auto';

function hasPlaceholder(
  spec: Readonly<Record<string, unknown>>,
  list: string,
  { container }: PlacedContainer,
): boolean {
  const { name } = container;
  return listOf(spec, list).some(
    (live) => nameOf(live) === name && isRecord(live) && own(live, 'image') === PLACEHOLDER,
  );
}

function placeholderIn({ container }: PlacedContainer): string {
  return `${container.name} has image: auto, which names no image here; write the template's, ${String(container['image'])}`;
}

/**
 * What to change in the containers of our name that are there already; undefined when one stands in our way. Ours may
 * have been changed by other webhooks, which is kept; the Pod's own is the same and no more, or sets no more than it
 * may: what a template of the same name brings must not carry a stranger's command or privileges in.
 */
function layUnder(
  pod: RawPod,
  spec: Readonly<Record<string, unknown>>,
  list: 'initContainers' | 'containers',
  placed: PlacedContainer,
  adds: AdmissionAdds,
  former: Former | undefined,
): readonly Operation[] | undefined {
  const operations: Operation[] = [];
  const { container, fields = [] } = placed;
  for (const where of LISTS) {
    for (const [i, live] of listOf(spec, where).entries()) {
      if (nameOf(live) !== container.name || !isRecord(live)) continue;
      if (where !== list) return undefined;
      const path = `/spec/${where}/${i}`;
      const isStray = strayBroughtByPod(pod, `/spec/${where}`, live, placed, adds) !== undefined;
      if (!isStray && covers(live, container, CONTAINER)) continue;
      if (isChangedByOthers(pod, where, live)) continue;
      const laid = isStray || fields.length === 0 ? undefined : customizeContainer(pod, live, placed, path, adds);
      const present = laid === undefined && former ? bringUp(pod, list, live, placed, former, adds) : undefined;
      if (laid === undefined && present === undefined) return undefined;
      operations.push(...(laid ?? [replace(path, present)]));
    }
  }
  return operations;
}

/**
 * Whether a container that differs from the template is ours all the same: it was not in the request, and our status
 * annotation stands there. A Pod that forges the annotation cannot take its own container out of the managedFields.
 */
function isChangedByOthers(pod: RawPod, where: string, live: unknown): boolean {
  const isMarked = Object.hasOwn(mapOf(mapOf(pod, 'metadata'), 'annotations'), STATUS);
  return isMarked && !isBroughtByPod(pod, `/spec/${where}`, live);
}
