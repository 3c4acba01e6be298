import type { Operation } from 'fast-json-patch';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import { child, replace } from '../../kubernetes/json-patch.ts';
import { withoutDirectives } from '../../kubernetes/merge/directives.ts';
import { POD } from '../../kubernetes/merge/merge-keys.ts';
import { mergeMap } from '../../kubernetes/merge/strategic-merge.ts';
import { isBroughtByPod } from '../../kubernetes/ownership.ts';
import { listOf, nameOf, type RawPod } from '../../kubernetes/pod.ts';
import type { Reason } from '../decide/reasons.ts';
import type { Plan } from '../plan/plan.ts';
import { type AdmissionAdds, BUILT_IN_ADDS } from './admission-adds.ts';
import { isFormerVolume } from './bring-up.ts';
import { mergeIntoEach } from './each-container.ts';
import type { Former } from './former.ts';
import { LISTS, layUnder } from './lay-under.ts';
import { warningsAboutOverwrites } from './overwrite-warnings.ts';
import { placeContainers } from './placement.ts';

/** The operations that make a Pod what the plan says (none: it is so already), or why that cannot be. */
export type Injection =
  | { readonly operations: readonly Operation[]; readonly warnings?: readonly string[] }
  | { readonly reason: Reason; readonly detail: string };

/** Changing a label can take the Pod away from its ReplicaSet, which then makes another, without end. */
const LABELS = '/metadata/labels';

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

  const laid = layUnder(pod, spec, plan, adds, former);
  if ('conflict' in laid) return { reason: 'ContainerNameConflict', detail: laid.conflict };
  const customized = laid.operations;
  const renewed: Operation[] = [];
  let volume: string | undefined;
  const kept: string[] = [];
  const operations = mergeMap(pod, plan.fragment, POD, '', (path, key, live) => {
    if (path === LABELS) {
      kept.push(key);
      return true;
    }
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
  const isWhole = ({ path }: Operation): boolean => path.split('/').length === 4;
  const updated = [...customized, ...renewed]
    .filter(isWhole)
    .map(({ path }) => `outrigger: ${path} is of an earlier version of its template; replaced`);
  const labels = kept.map((label) => `outrigger: the Pod keeps its own label ${label}`);
  const warnings = [...updated, ...overwritten, ...labels, ...each.warnings];
  return warnings.length === 0 ? { operations } : { operations, warnings };
}
