import jsonPatch, { type ReplaceOperation } from 'fast-json-patch';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { CONTAINER, VOLUME } from '../../kubernetes/merge/merge-keys.ts';
import { ruleOf } from '../../kubernetes/merge/rule.ts';
import { covers } from '../../kubernetes/merge/same-values.ts';
import { listOf, mapOf, nameOf, type RawPod } from '../../kubernetes/pod.ts';
import type { ContainerFragment } from '../../template/template.ts';
import type { PlacedContainer } from '../plan/plan.ts';
import { type AdmissionAdds, isAddedByAdmission } from './admission-adds.ts';
import { isSameButDefaults } from './beyond.ts';
import { customizeContainer, strayBroughtByPod } from './customize.ts';
import type { Former } from './former.ts';

/** No template and no admission makes longer lists; a hostile one would be gone through once for each former version. */
const LIST_MAX = 512;

/**
 * A container of the Pod that a former version of the template made, as the present version makes it: what the Pod may
 * set, and what admission has added, stays.
 *
 * @returns undefined where no former version makes such a container, or where the present one could not be applied to it
 */
export function bringUp(
  pod: RawPod,
  list: 'initContainers' | 'containers',
  live: Json,
  placed: PlacedContainer,
  former: Former,
  adds: AdmissionAdds,
): Json | undefined {
  const { container, fields = [] } = placed;
  if (Object.values(live).some((value) => Array.isArray(value) && value.length > LIST_MAX)) return undefined;
  const isMade = (version: ContainerFragment): boolean => {
    const fixed = Object.fromEntries(Object.entries(version).filter(([key]) => !fields.includes(key)));
    const then = { ...placed, container: version };
    return covers(live, fixed, CONTAINER) && strayBroughtByPod(pod, `/spec/${list}`, live, then, adds) === undefined;
  };
  const version = former.containers(list, container.name).find(isMade);
  if (version === undefined && !former.isBelieved('container', container.name)) return undefined;

  const mine = whatIsThePods(live, version, fields, adds);
  // The Pod itself does not count: ports, which the host network changes, are left only where the Pod may set them.
  const operations = customizeContainer({}, mine, placed, `/spec/${list}/0`, adds);
  if (operations === undefined) return undefined;
  const made = structuredClone({ spec: { [list]: [mine] } });
  jsonPatch.applyPatch(made, structuredClone([...operations]));
  const [present] = listOf(mapOf(made, 'spec'), list);
  if (!isRecord(present)) return undefined;
  return fields.includes('resources') ? present : withOthers(present, live, version);
}

/** Whether a former version of a template made this volume; what it says beyond that goes. */
export function isFormerVolume(name: string, live: unknown, former: Former): boolean {
  return former.volumes(name).some((volume) => covers(live, volume, VOLUME)) || former.isBelieved('volume', name);
}

/** Whether an operation puts a whole container in the place of one of its name, which the plan adds. */
export function isBringUp(
  pod: RawPod,
  { path, value }: ReplaceOperation<unknown>,
  placed: readonly PlacedContainer[],
): boolean {
  const [, , list = '', index = ''] = path.split('/');
  if (!/^\d{1,6}$/.test(index)) return false;
  const name = nameOf(listOf(own(pod, 'spec'), list)[Number(index)]);
  return name !== undefined && name === nameOf(value) && placed.some(({ container }) => container.name === name);
}

/** What of a container does not come from the version that made it: what the Pod may set, and what admission added. */
function whatIsThePods(
  live: Json,
  version: Json | undefined,
  fields: readonly string[],
  adds: AdmissionAdds,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(live).flatMap(([field, value]): [string, unknown][] => {
    if (field === 'name') return [[field, value]];
    const left = leftOf(field, value, version && own(version, field), fields.includes(field), adds);
    return left === undefined ? [] : [[field, left]];
  });
  return Object.fromEntries(entries);
}

/** What is left of a field without what the version made; undefined where nothing is. */
function leftOf(field: string, value: unknown, then: unknown, isPods: boolean, adds: AdmissionAdds): unknown {
  const rule = ruleOf(CONTAINER, field);
  if (rule?.kind === 'list' && Array.isArray(value)) {
    const before = Array.isArray(then) ? then : [];
    const isNew = (element: unknown): boolean =>
      !before.some((one) => isSameButDefaults(field, element, one, rule.element));
    const left = value.filter((one) => isNew(one) && (isPods || isAddedByAdmission(field, one, adds)));
    return left.length === 0 ? undefined : left;
  }
  if (!isPods || (then !== undefined && isSameButDefaults(field, value, then, rule))) return undefined;
  return field === 'resources' ? setByPod(value, then) : value;
}

/** Limits and requests that differ from those of then; a request that the API server made of a limit is none. */
function setByPod(resources: unknown, then: unknown): Json {
  const kinds = ['limits', 'requests'].map((kind): [string, Json] => {
    const entries = mapOf(resources, kind);
    const before = isRecord(then) ? mapOf(then, kind) : {};
    const limits = isRecord(then) ? mapOf(then, 'limits') : {};
    const isThen = (name: string, value: unknown): boolean =>
      isSame(value, own(before, name)) || (kind === 'requests' && isSame(value, own(limits, name)));
    return [kind, Object.fromEntries(Object.entries(entries).filter(([name, value]) => !isThen(name, value)))];
  });
  return Object.fromEntries(kinds.filter(([, values]) => Object.keys(values).length > 0));
}

function isSame(value: unknown, other: unknown): boolean {
  return other !== undefined && covers(value, other, { kind: 'quantity' });
}

/** Resources of which neither version says anything (LimitRanger) stay. */
function withOthers(present: Json, live: Json, version: Json | undefined): Json {
  const [ours, then, now] = [mapOf(present, 'resources'), mapOf(version, 'resources'), mapOf(live, 'resources')];
  const known = [ours, then].flatMap((one) => ['limits', 'requests'].flatMap((kind) => Object.keys(mapOf(one, kind))));
  const resources = ['limits', 'requests'].map((kind): [string, Json] => {
    const others = Object.entries(mapOf(now, kind)).filter(([name]) => version !== undefined && !known.includes(name));
    return [kind, { ...Object.fromEntries(others), ...mapOf(ours, kind) }];
  });
  const filled = Object.fromEntries(resources.filter(([, values]) => Object.keys(values).length > 0));
  const all = { ...ours, ...filled };
  return Object.keys(all).length === 0 ? present : { ...present, resources: all };
}
