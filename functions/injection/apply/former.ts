import { own } from '../../json/check.ts';
import type { Json } from '../../json/json.ts';
import { listOf, mapOf, nameOf, type RawPod } from '../../kubernetes/pod.ts';
import type { ContainerFragment, PodFragment, Template } from '../../template/template.ts';
import { readStatus } from '../status-annotation.ts';

/** Versions of templates that may have been injected before, by the template's name, the likeliest first. */
export type FormerVersions = ReadonlyMap<string, readonly Template[]>;

/** What a Pod that was injected before may have of it, by the names of today's templates. */
export interface Former {
  /** What former versions made of a container or init container. */
  containers(list: 'initContainers' | 'containers', name: string): readonly ContainerFragment[];
  volumes(name: string): readonly Json[];
  /** Whether the status annotation is believed that a container, or all that mounts a volume, is ours. */
  isBelieved(kind: 'container' | 'volume', name: string): boolean;
}

const CONTAINER_LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/**
 * What former versions of templates make for a Pod. Rendered only when something is asked for, and only the versions of
 * the template that adds it today.
 *
 * @param render puts the Pod's own parameters in; undefined where that version cannot have been rendered for this Pod
 */
export function formerOf(
  present: readonly Template[],
  versions: FormerVersions,
  render: (version: Template) => Template | undefined,
): Former {
  const made = <T>(adds: (pod: PodFragment) => readonly T[], isIt: (one: T) => boolean): readonly T[] => {
    const owner = present.find(({ pod }) => adds(pod).some(isIt));
    const former = owner === undefined ? [] : (versions.get(owner.name) ?? []);
    return former.flatMap((version) => {
      const rendered = version.hash === owner?.hash ? undefined : render(version);
      return rendered === undefined ? [] : adds(rendered.pod).filter(isIt);
    });
  };
  return {
    containers: (list, name) => made(containersOf(list), (container) => container.name === name),
    volumes: (name) => made(volumesOf, (volume) => nameOf(volume) === name),
    isBelieved: () => false,
  };
}

/**
 * The same by the word of the Pod's status annotation, for the command, which knows a folder and no history: it works on
 * the user's own manifests, where a forged annotation deceives only its author. Believed is that what a template made then is
 * ours, where its content has changed since.
 */
export function formerByStatus(pod: RawPod, present: readonly Template[]): Former {
  const { templates, containers } = readStatus(pod);
  const hasMoved = (adds: (template: Template) => boolean): boolean => {
    const owner = present.find(adds);
    const then = owner && templates.get(owner.name);
    return then !== undefined && then.hash !== owner?.hash;
  };
  const addsContainer = (name: string) => (template: Template) =>
    (['initContainers', 'containers'] as const).some((list) =>
      containersOf(list)(template.pod).some((container) => container.name === name),
    );
  const users = (volume: string): readonly (string | undefined)[] =>
    CONTAINER_LISTS.flatMap((list) => listOf(mapOf(pod, 'spec'), list))
      .filter((container) => listOf(container, 'volumeMounts').some((mount) => nameOf(mount) === volume))
      .map(nameOf);
  return {
    containers: () => [],
    volumes: () => [],
    isBelieved: (kind, name) => {
      if (kind === 'container') return containers.includes(name) && hasMoved(addsContainer(name));
      const all = users(name);
      const isOurs = all.length > 0 && all.every((user) => user !== undefined && containers.includes(user));
      return isOurs && hasMoved(({ pod: { spec } }) => listOf(spec, 'volumes').some((one) => nameOf(one) === name));
    },
  };
}

/** The templates that add a container or volume under a name that the Pod has already: the ones whose history matters. */
export function templatesInQuestion(pod: RawPod, present: readonly Template[]): readonly Template[] {
  const spec = mapOf(pod, 'spec');
  const names = new Set(CONTAINER_LISTS.flatMap((list) => listOf(spec, list)).map(nameOf));
  const volumes = new Set(listOf(spec, 'volumes').map(nameOf));
  return present.filter(
    ({ pod: made }) =>
      [...made.initContainers, ...containersOf('containers')(made)].some(({ name }) => names.has(name)) ||
      volumesOf(made).some((volume) => volumes.has(nameOf(volume))),
  );
}

function containersOf(list: 'initContainers' | 'containers'): (pod: PodFragment) => readonly ContainerFragment[] {
  return (pod) => (list === 'initContainers' ? pod.initContainers : [...pod.containers, ...(pod.classic ?? [])]);
}

function volumesOf({ spec }: PodFragment): readonly Json[] {
  const volumes = own(spec, 'volumes');
  return Array.isArray(volumes) ? volumes : [];
}
