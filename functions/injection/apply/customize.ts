import type { Operation } from 'fast-json-patch';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { isContainerDefault } from '../../kubernetes/container-defaults.ts';
import { child } from '../../kubernetes/json-patch.ts';
import { CONTAINER } from '../../kubernetes/merge/merge-keys.ts';
import { ruleOf } from '../../kubernetes/merge/rule.ts';
import { covers, isOmitted } from '../../kubernetes/merge/same-values.ts';
import { type KeepElement, mergeMap } from '../../kubernetes/merge/strategic-merge.ts';
import { fieldsBroughtByPod, isPartBroughtByPod } from '../../kubernetes/ownership.ts';
import { listOf, mapOf, type RawPod } from '../../kubernetes/pod.ts';
import type { PlacedContainer } from '../plan/plan.ts';
import { type AdmissionAdds, isAddedByAdmission } from './admission-adds.ts';
import { type Stray, straysOf } from './beyond.ts';

/** The first thing that a container of the request has beyond the template, and not by anyone's leave. */
export function strayBroughtByPod(
  pod: RawPod,
  list: string,
  live: Json,
  { container, fields = [] }: PlacedContainer,
  adds?: AdmissionAdds,
): Stray | undefined {
  const hostNetwork = own(mapOf(pod, 'spec'), 'hostNetwork') === true;
  const strays = straysOf(live, container, { fields, adds, hostNetwork });
  return strays.find((stray) => isPartBroughtByPod(pod, list, live, stray));
}

/**
 * Lays a template's container under the one of its name that the Pod brings: within `placed.fields` the Pod's values
 * stay and only what they do not say is added; every other field is the template's. The container keeps its place.
 *
 * @param path where the Pod's container stands
 * @param adds what admission adds to every container; absent: the built-in list
 * @returns the operations; undefined where the Pod sets something that the template does not leave to it
 */
export function customizeContainer(
  pod: RawPod,
  live: Json,
  { container, fields = [] }: PlacedContainer,
  path: string,
  adds?: AdmissionAdds,
): readonly Operation[] | undefined {
  const list = path.slice(0, path.lastIndexOf('/'));
  if (strayBroughtByPod(pod, list, live, { container, position: 'Last', fields }, adds) !== undefined) return undefined;
  const isNothing = (key: string, value: unknown): boolean => isNoWish(key, value, adds);
  const brought = fieldsBroughtByPod(pod, list, live);
  const isFixed = (key: string): boolean => key !== 'name' && !fields.includes(key);
  const isSetByPod = (key: string): boolean =>
    brought?.has(key) !== false && isFixed(key) && !isNothing(key, own(live, key));

  const fixed = Object.fromEntries(Object.entries(container).filter(([key]) => isFixed(key)));
  const stray = Object.keys(live).find(
    (key) => isSetByPod(key) && !covers(own(live, key), own(container, key), ruleOf(CONTAINER, key)),
  );
  if (stray !== undefined) return undefined;
  // What another webhook has put where the Pod had nothing stays.
  const wanted = Object.entries(fixed).filter(([key]) => isNothing(key, own(live, key)) || isSetByPod(key));
  const operations = mergeMap(live, Object.fromEntries(wanted), CONTAINER, path, keepThePods);
  for (const field of fields) operations.push(...filled(live, container, field, path, isNothing));
  // Made for this Pod alone: unfrozen, so that nothing remembers them.
  return operations.map((operation) => ({ ...operation }));
}

const keepThePods: KeepElement = () => true;

/** What is missing in a field that the Pod may set; a union such as a probe's is the Pod's as a whole. */
function filled(
  live: Json,
  container: Json,
  field: string,
  path: string,
  isNothing: (key: string, value: unknown) => boolean,
): readonly Operation[] {
  const wanted = own(container, field);
  if (wanted === undefined) return [];
  const isMerged = field === 'resources' || ruleOf(CONTAINER, field)?.kind === 'list';
  if (!isMerged && !isNothing(field, own(live, field))) return [];
  const value = field === 'resources' ? withoutNames(mapOf(container, field), namesIn(own(live, field))) : wanted;
  return mergeMap(live, { [field]: value }, CONTAINER, path, keepThePods);
}

/** The resources that limits or requests speak of. */
function namesIn(resources: unknown): readonly string[] {
  return ['limits', 'requests'].flatMap((kind) => Object.keys(mapOf(resources, kind)));
}

/** A resource of which the Pod says anything is its own: a limit of ours below its request would be refused. */
function withoutNames(resources: Json, names: readonly string[]): Json {
  const without = (amounts: Json): Json =>
    Object.fromEntries(Object.entries(amounts).filter(([name]) => !names.includes(name)));
  return Object.fromEntries(
    Object.entries(resources).map(([kind, value]) => [kind, isRecord(value) ? without(value) : value]),
  );
}

/** Absent, or what the API server and admission put there when the Pod says nothing. */
function isNoWish(key: string, value: unknown, adds: AdmissionAdds | undefined): boolean {
  if (value === undefined || value === null || isOmitted(key, value, CONTAINER)) return true;
  if (Array.isArray(value)) return value.every((element) => isAddedByAdmission(key, element, adds));
  return isContainerDefault('', key, value);
}

/** Whether an operation is one that `customizeContainer` may make: a field of the template's below a container of its name. */
export function isCustomization(pod: RawPod, operation: Operation, placed: readonly PlacedContainer[]): boolean {
  const [, , list = '', index = '', field = ''] = operation.path.split('/');
  if (!/^\d+$/.test(index) || field === 'name') return false;
  const live = listOf(own(pod, 'spec'), list)[Number(index)];
  const ours = placed.find(({ container }) => container.name === own(mapOf({ live }, 'live'), 'name'));
  if (ours?.fields === undefined || ours.fields.length === 0) return false;
  return [...Object.keys(ours.container)].some((key) => child('', key) === `/${field}`);
}
