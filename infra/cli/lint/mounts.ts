import { own } from '../../../functions/json/check.ts';
import { listOf, mapOf, nameOf } from '../../../functions/kubernetes/pod.ts';
import { error, type Finding, warning } from './finding.ts';

/** Where ServiceAccount admission mounts the Pod's token, unless something is mounted there already. */
const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';

interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly propagation: unknown;
}

/** The mounts of a container, or of what every container gets. */
export function mountsOf(owner: unknown): readonly Mount[] {
  return listOf(owner, 'volumeMounts').map((mount) => ({
    name: nameOf(mount) ?? '',
    mountPath: String(own(mapOf({ mount }, 'mount'), 'mountPath') ?? '').replace(/(?<=.)\/$/, ''),
    propagation: own(mapOf({ mount }, 'mount'), 'mountPropagation'),
  }));
}

/** What is wrong with the mounts of a container of the template's own. */
export function lintMounts(container: unknown, at: string, volumes: readonly string[]): readonly Finding[] {
  const isPrivileged = own(mapOf(container, 'securityContext'), 'privileged') === true;
  return mountsOf(container).flatMap(({ name, propagation }, i) => {
    const path = `${at}.volumeMounts[${i}]`;
    const isRefused = propagation === 'Bidirectional' && !isPrivileged;
    return [
      ...(isRefused
        ? [error('mount-propagation', path, 'Bidirectional, and not privileged: the API server refuses that')]
        : []),
      ...withoutVolume(name, path, volumes),
    ];
  });
}

/** The same for the mounts that every container gets, of which the template knows nothing else. */
export function lintMountsForEach(fragment: unknown, at: string, volumes: readonly string[]): readonly Finding[] {
  return mountsOf(fragment).flatMap(({ name, mountPath, propagation }, i) => {
    const path = `${at}.volumeMounts[${i}]`;
    const refused = 'Bidirectional: the API server refuses every Pod that has a container without privileged: true';
    const kept = `containers that have a token keep it at ${TOKEN_PATH}, with a warning; only the others get this mount`;
    return [
      ...(propagation === 'Bidirectional' ? [error('mount-propagation', path, refused)] : []),
      ...(mountPath === TOKEN_PATH ? [warning('service-account-token', path, kept)] : []),
      ...withoutVolume(name, path, volumes),
    ];
  });
}

/** Whether the Pod's token will be in a container: ServiceAccount admission puts it there unless its place is taken. */
export function lintToken(container: unknown, at: string): readonly Finding[] {
  if (mountsOf(container).some((m) => m.mountPath === TOKEN_PATH)) return [];
  const message = `the app's ServiceAccount token will be mounted into ${nameOf(container)}; mount an emptyDir at ${TOKEN_PATH} to keep it out`;
  return [warning('service-account-token', at, message)];
}

function withoutVolume(name: string, path: string, volumes: readonly string[]): readonly Finding[] {
  const message = `the template has no volume ${name}: only Pods that bring one can be injected`;
  return volumes.includes(name) ? [] : [warning('mount-without-volume', path, message)];
}
