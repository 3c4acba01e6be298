import { own } from '../../json/check.ts';
import { listOf, nameOf, type RawPod } from '../../kubernetes/pod.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * What is wrong with the names of a patched Pod: a container or volume of the plan that is not there exactly once, or a
 * mount without its volume. Undefined where nothing is.
 *
 * @param pod with the patch applied
 */
export function findNameFault(pod: RawPod, plan: Plan): string | undefined {
  const parts = partsOf(own(pod, 'spec'));
  return countFault(parts, plan) ?? mountFault(parts, plan) ?? deletionFault(parts, plan);
}

/** What of a Pod's spec has names. */
interface Parts {
  /** Init containers and containers. */
  readonly containers: readonly unknown[];
  readonly ephemeral: readonly unknown[];
  readonly volumes: readonly unknown[];
  readonly volumeNames: ReadonlySet<string | undefined>;
}

function partsOf(spec: unknown): Parts {
  const volumes = listOf(spec, 'volumes');
  return {
    containers: [...listOf(spec, 'initContainers'), ...listOf(spec, 'containers')],
    ephemeral: listOf(spec, 'ephemeralContainers'),
    volumes,
    volumeNames: new Set(volumes.map(nameOf)),
  };
}

/** Whatever the plan names is there exactly once. */
function countFault({ containers, ephemeral, volumes }: Parts, plan: Plan): string | undefined {
  for (const name of plan.containerNames) {
    if (count([...containers, ...ephemeral], name) !== 1) return `container ${name} would not be there exactly once`;
  }
  for (const name of plan.volumeNames) {
    if (count(volumes, name) !== 1) return `volume ${name} would not be there exactly once`;
  }
  return undefined;
}

/** Whatever the plan mounts is a volume of the Pod. */
function mountFault({ containers, volumeNames }: Parts, plan: Plan): string | undefined {
  const lostIn = (of: unknown): string | undefined =>
    listOf(of, 'volumeMounts')
      .map(nameOf)
      .find((volume) => !volumeNames.has(volume));
  const why = (who: string, lost: string): string => `${who} mounts ${lost}, which is no volume of the Pod`;
  for (const container of containers) {
    const name = nameOf(container) ?? '';
    const lost = plan.containerNames.has(name) ? lostIn(container) : undefined;
    if (lost !== undefined) return why(`container ${name}`, lost);
  }
  const lost = lostIn(plan.each?.everyone.lists);
  if (lost !== undefined) return why('every container', lost);
  for (const [name, { lists }] of plan.each?.exceptions ?? []) {
    const lost = lostIn(lists);
    if (lost !== undefined && count(containers, name) > 0) return why(`container ${name}`, lost);
  }
  return undefined;
}

/** No container uses a volume that the templates delete. */
function deletionFault({ containers, ephemeral, volumeNames }: Parts, plan: Plan): string | undefined {
  for (const volume of [...plan.deletedVolumes].filter((one) => !volumeNames.has(one))) {
    const user = [...containers, ...ephemeral].find((one) => uses(one, volume));
    if (user !== undefined) return `container ${nameOf(user)} mounts ${volume}, which the templates delete`;
  }
  return undefined;
}

/** Whether a container mounts a volume, or uses it as a device. */
function uses(container: unknown, volume: string): boolean {
  return [...listOf(container, 'volumeMounts'), ...listOf(container, 'volumeDevices')].some(
    (one) => nameOf(one) === volume,
  );
}

function count(list: readonly unknown[], name: string): number {
  return list.reduce<number>((n, element) => n + (nameOf(element) === name ? 1 : 0), 0);
}
