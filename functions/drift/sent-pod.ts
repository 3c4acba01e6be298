import { STATUS } from '../injection/annotations.ts';
import type { InjectionStatus } from '../injection/status-annotation.ts';
import { own } from '../json/check.ts';
import { fieldsBroughtByPod, isKeyBroughtByPod } from '../kubernetes/ownership.ts';
import { listOf, mapOf, nameOf, type RawPod } from '../kubernetes/pod.ts';
import type { Template } from '../template/template.ts';
import type { FleetState } from '../template-store/cache/fleet-state.ts';

/** What the templates of a state add by name; the same for every Pod. */
export interface Additions {
  readonly labels: ReadonlySet<string>;
  readonly annotations: ReadonlySet<string>;
  readonly containers: ReadonlySet<string>;
}

/** The end that the API server gives to a generated name (apiserver/pkg/storage/names: 5 of these characters). */
const GENERATED_END = /^[bcdfghjklmnpqrstvwxz2456789]{5}$/;

/** All that the templates of both channels add to Pods under names of their own. */
export function additionsOf({ templates, nextTemplates }: FleetState): Additions {
  const all = [...templates.values(), ...(nextTemplates?.values() ?? [])];
  const keysOf = (maps: readonly object[]): Set<string> => new Set(maps.flatMap(Object.keys));
  return {
    labels: keysOf(all.map(({ pod }) => pod.labels)),
    annotations: keysOf([...all.map(({ pod }) => pod.annotations), { [STATUS]: '' }]),
    containers: new Set(all.flatMap(containersOf)),
  };
}

/** The names of all containers that a template adds. */
export function containersOf({ pod }: Template): readonly string[] {
  return [...pod.initContainers, ...pod.containers, ...(pod.classic ?? [])].map(({ name }) => name);
}

/**
 * A running Pod as it would be sent for admission today: without what injection has added to it. The API server wrote
 * into `managedFields` what the request contained before any webhook was called, so that what is not in there came later;
 * a Pod whose managedFields were reset is taken at the word of its status annotation. What other webhooks added stays:
 * they may have been called before us. A generated name is not there yet when a Pod is admitted, and the place of a
 * bare Pod in a roll-out depends on it. Not undone, because a second injection leaves it as it is: volumes, the
 * variables and mounts of the Pod's own containers, and other fields of the spec.
 */
export function podAsSent(live: RawPod, status: InjectionStatus, additions: Additions): RawPod {
  const [metadata, spec] = [mapOf(live, 'metadata'), mapOf(live, 'spec')];
  const { generateName, name, ...rest } = metadata;
  const isGenerated =
    typeof generateName === 'string' &&
    typeof name === 'string' &&
    name.startsWith(generateName.slice(0, name.length - 5)) &&
    GENERATED_END.test(name.slice(-5));
  const names = { ...(generateName === undefined ? {} : { generateName }), ...(isGenerated ? {} : { name }) };
  const containers = (list: string): readonly unknown[] =>
    listOf(spec, list).filter((container) => !isAdded(live, list, container, status, additions));
  const { ephemeralContainers: _, ...fields } = spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...rest,
      ...names,
      labels: keysBrought(live, 'labels', additions.labels),
      annotations: keysBrought(live, 'annotations', additions.annotations),
    },
    spec: {
      ...fields,
      containers: containers('containers'),
      ...(own(spec, 'initContainers') === undefined ? {} : { initContainers: containers('initContainers') }),
    },
  };
}

/** Whether the request that created a Pod brought a container; undefined where that is not known. */
export function isBrought(live: RawPod, list: string, container: unknown): boolean | undefined {
  // Who merely changed a field later, as `kubectl set image` does, does not own the element itself.
  return fieldsBroughtByPod(live, `/spec/${list}`, container)?.has('.');
}

function isAdded(
  live: RawPod,
  list: string,
  container: unknown,
  status: InjectionStatus,
  additions: Additions,
): boolean {
  const name = nameOf(container) ?? '';
  const isListed = status.containers.includes(name);
  if (!isListed && !additions.containers.has(name)) return false;
  const brought = isBrought(live, list, container);
  return brought === undefined ? isListed : !brought;
}

function keysBrought(live: RawPod, map: 'labels' | 'annotations', added: ReadonlySet<string>): RawPod {
  const entries = Object.entries(mapOf(mapOf(live, 'metadata'), map));
  const path = `/metadata/${map}`;
  const isKept = (key: string): boolean => isKeyBroughtByPod(live, path, key) ?? key !== STATUS;
  return Object.fromEntries(entries.filter(([key]) => !added.has(key) || isKept(key)));
}
