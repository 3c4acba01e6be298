import { isDeepStrictEqual } from 'node:util';
import { own } from '../../json/check.ts';
import type { Json } from '../../json/json.ts';
import { listOf, mapOf, nameOf } from '../../kubernetes/pod.ts';
import type { PodFragment } from '../../template/template.ts';
import { findRaiseInVolumes } from './volume-privileges.ts';

/** Whether `next` may do more than `base`; either is undefined where the field is absent. */
type Raises = (base: unknown, next: unknown) => boolean;

const differs: Raises = (base, next) => !isDeepStrictEqual(base, next);
const turnedOn: Raises = (base, next) => next === true && base !== true;
const turnedOff: Raises = (base, next) => base === true && next !== true;
const noLongerFalse: Raises = (base, next) => base === false && next !== false;
/** Root where it was not, or the image's own choice where another user was named. */
const towardsRoot: Raises = (base, next) =>
  (next === 0 && base !== 0) || (base !== undefined && base !== 0 && next === undefined);
const lessConfined: Raises = (base, next) =>
  differs(base, next) && own(mapOf({ next }, 'next'), 'type') !== 'RuntimeDefault';

/** `v1.PodSpec`, as far as it grants anything. */
const POD_SPEC: Readonly<Record<string, Raises>> = {
  hostNetwork: turnedOn,
  hostPID: turnedOn,
  hostIPC: turnedOn,
  shareProcessNamespace: turnedOn,
  hostUsers: noLongerFalse,
  automountServiceAccountToken: noLongerFalse,
  serviceAccountName: differs,
  serviceAccount: differs,
  runtimeClassName: differs,
  priorityClassName: differs,
};

/** `v1.SecurityContext` and `v1.PodSecurityContext`; a field that stands not here must not differ at all. */
const SECURITY_CONTEXT: Readonly<Record<string, Raises>> = {
  privileged: turnedOn,
  allowPrivilegeEscalation: (base, next) => turnedOn(base, next) || noLongerFalse(base, next),
  runAsNonRoot: turnedOff,
  readOnlyRootFilesystem: turnedOff,
  runAsUser: towardsRoot,
  runAsGroup: towardsRoot,
  fsGroup: towardsRoot,
  seccompProfile: lessConfined,
  appArmorProfile: lessConfined,
  capabilities: (base, next) => !hasAll(base, next, 'add') || !hasAll(next, base, 'drop'),
};

/** Annotations that did the same before there were fields for it; kubelets still read them. */
const PROFILES = ['container.apparmor.security.beta.kubernetes.io/', 'seccomp.security.alpha.kubernetes.io/'];

/**
 * Where a rendered fragment may do more than the template's own defaults do: privileged mode, capabilities, root,
 * confinement, namespaces, paths and ports of the host, ServiceAccounts. A container that only this rendering has is
 * compared with one that asks for nothing.
 *
 * @returns the field, for people; undefined when there is none
 */
export function findRaise(defaults: PodFragment, rendered: PodFragment): string | undefined {
  const inSpec = findIn(defaults.spec, rendered.spec, POD_SPEC, Object.keys(POD_SPEC), 'spec');
  if (inSpec !== undefined) return inSpec;
  const inContext = findInSecurityContext(defaults.spec, rendered.spec, 'spec');
  if (inContext !== undefined) return inContext;
  const profile = [...Object.keys(defaults.annotations), ...Object.keys(rendered.annotations)].find(
    (key) =>
      PROFILES.some((prefix) => key.startsWith(prefix)) &&
      own(defaults.annotations, key) !== own(rendered.annotations, key),
  );
  if (profile !== undefined) return `annotation ${profile}`;
  const inVolumes = findRaiseInVolumes(listOf(defaults.spec, 'volumes'), listOf(rendered.spec, 'volumes'));
  if (inVolumes !== undefined) return inVolumes;
  const mounts = defaults.eachContainer?.volumeMounts ?? [];
  const isNewMount = (mount: unknown): boolean => !mounts.some((other) => isDeepStrictEqual(other, mount));
  if (rendered.eachContainer?.volumeMounts.some(isNewMount)) return 'eachContainer.volumeMounts';
  const amended = findRaiseInAmendments(defaults, rendered);
  if (amended !== undefined) return amended;
  const known = [...defaults.initContainers, ...defaults.containers];
  const volumes = listOf(rendered.spec, 'volumes').map(nameOf);
  for (const container of [...rendered.initContainers, ...rendered.containers]) {
    const base = known.find((other) => other.name === container.name) ?? {};
    const raise = findInContainer(base, container, volumes);
    if (raise !== undefined) return `container ${container.name}: ${raise}`;
  }
  return undefined;
}

/** What is mounted into a container of others, beyond what the defaults mount into the very same ones. */
function findRaiseInAmendments(defaults: PodFragment, rendered: PodFragment): string | undefined {
  for (const { container, except, volumeMounts } of rendered.amend ?? []) {
    const same = (defaults.amend ?? []).filter(
      (other) => other.container === container && isDeepStrictEqual(other.except, except),
    );
    const known = same.flatMap((other) => other.volumeMounts);
    const isNew = volumeMounts.some((mount) => !known.some((other) => isDeepStrictEqual(other, mount)));
    if (isNew) return `amend ${container}: volumeMounts`;
  }
  return undefined;
}

function findInContainer(base: Json, next: Json, volumes: readonly (string | undefined)[]): string | undefined {
  const inContext = findInSecurityContext(base, next, '');
  if (inContext !== undefined) return inContext;
  const hostPorts = (owner: Json): unknown[] =>
    listOf(owner, 'ports').flatMap((port) => own(mapOf({ port }, 'port'), 'hostPort') ?? []);
  if (hostPorts(next).some((port) => !hostPorts(base).includes(port))) return 'ports.hostPort';
  for (const mount of listOf(next, 'volumeMounts').map((m) => mapOf({ m }, 'm'))) {
    const path = own(mount, 'mountPath');
    const mounts = listOf(base, 'volumeMounts').map((m) => mapOf({ m }, 'm'));
    const before = mounts.find((m) => own(m, 'mountPath') === path) ?? {};
    const isForeign = !volumes.includes(nameOf(mount)) && !mounts.some((m) => nameOf(m) === nameOf(mount));
    const isShared = own(mount, 'mountPropagation') === 'Bidirectional';
    if (isForeign) return `volumeMounts of ${nameOf(mount) ?? ''}, which is no volume of the template`;
    if (isShared && own(before, 'mountPropagation') !== 'Bidirectional') return 'volumeMounts.mountPropagation';
    if (turnedOff(own(before, 'readOnly'), own(mount, 'readOnly'))) return 'volumeMounts.readOnly';
  }
  const devices = listOf(base, 'volumeDevices');
  const isNew = listOf(next, 'volumeDevices').some((device) => !devices.some((d) => isDeepStrictEqual(d, device)));
  return isNew ? 'volumeDevices' : undefined;
}

function findInSecurityContext(base: Json, next: Json, path: string): string | undefined {
  const [before, after] = [mapOf(base, 'securityContext'), mapOf(next, 'securityContext')];
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return findIn(before, after, SECURITY_CONTEXT, fields, `${path === '' ? '' : `${path}.`}securityContext`);
}

function findIn(
  base: Json,
  next: Json,
  rules: Readonly<Record<string, Raises>>,
  fields: readonly string[],
  path: string,
): string | undefined {
  const ruleOf = (field: string): Raises => (Object.hasOwn(rules, field) ? rules[field] : undefined) ?? differs;
  const field = fields.find((f) => ruleOf(f)(own(base, f), own(next, f)));
  return field === undefined ? undefined : `${path}.${field}`;
}

/** Whether all that `part` names in a list of capabilities is named by `whole` too; ALL names every one. */
function hasAll(whole: unknown, part: unknown, list: 'add' | 'drop'): boolean {
  const namesOf = (owner: unknown): readonly string[] =>
    listOf(owner, list).map((name) => String(name).toUpperCase().replace(/^CAP_/, ''));
  const names = namesOf(whole);
  return names.includes('ALL') || namesOf(part).every((name) => names.includes(name));
}
