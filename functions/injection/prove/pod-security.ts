import type { PodSecurityLevel } from '../../cluster-record/pod-security-levels.ts';
import { own } from '../../json/check.ts';
import type { Json } from '../../json/json.ts';
import { listOf, mapOf, nameOf } from '../../kubernetes/pod.ts';

/** The level that a PodSpec needs, and what keeps it from the stricter ones. */
export interface PodSecurityNeed {
  readonly level: PodSecurityLevel;
  /** `container envoy adds the capability NET_ADMIN`; empty for `restricted`. */
  readonly reasons: readonly string[];
}

/** Capabilities that `baseline` lets a container add (kubernetes.io, Pod Security Standards, v1.36). */
const BASELINE_CAPABILITIES = [
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP'],
  ...['SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
];
const BASELINE_SYSCTLS = [
  ...['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.ip_unprivileged_port_start'],
  ...['net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_local_reserved_ports'],
  ...['net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl'],
  ...['net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'],
];
const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];
const RESTRICTED_VOLUMES = [
  ...['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'],
];

/** The level that a template's `spec.pod.spec` needs, judged by what it says itself: the Pod round it may need more. */
export function podSecurityOf(spec: Json): PodSecurityNeed {
  const containers = [...listOf(spec, 'initContainers'), ...listOf(spec, 'containers')];
  const privileged = [...againstBaseline(spec), ...containers.flatMap(containerAgainstBaseline)];
  if (privileged.length > 0) return { level: 'privileged', reasons: privileged };
  const context = mapOf(spec, 'securityContext');
  const baseline = [
    ...volumesOtherThan(spec, RESTRICTED_VOLUMES),
    ...containers.flatMap((container) => containerAgainstRestricted(container, context)),
  ];
  return baseline.length > 0 ? { level: 'baseline', reasons: baseline } : { level: 'restricted', reasons: [] };
}

function againstBaseline(spec: Json): readonly string[] {
  const host = ['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => own(spec, field) === true);
  const context = mapOf(spec, 'securityContext');
  const sysctls = listOf(context, 'sysctls').map((s) => nameOf(s) ?? '');
  return [
    ...host.map((field) => `it sets ${field}`),
    ...listOf(spec, 'volumes').flatMap((v) => (typeOf(v) === 'hostPath' ? [`volume ${nameOf(v)} is a hostPath`] : [])),
    ...sysctls.filter((s) => !BASELINE_SYSCTLS.includes(s)).map((s) => `it sets the sysctl ${s}`),
    ...contextAgainstBaseline(context, 'it'),
  ];
}

function containerAgainstBaseline(container: unknown): readonly string[] {
  const who = `container ${nameOf(container)}`;
  const context = mapOf(container, 'securityContext');
  const added = listOf(mapOf(context, 'capabilities'), 'add').map(String);
  const hostPorts = listOf(container, 'ports').map((port) => own(mapOf({ port }, 'port'), 'hostPort') ?? 0);
  return [
    ...(own(context, 'privileged') === true ? [`${who} is privileged`] : []),
    ...added.filter((c) => !BASELINE_CAPABILITIES.includes(c)).map((c) => `${who} adds the capability ${c}`),
    ...hostPorts.filter((port) => port !== 0).map((port) => `${who} takes the host port ${port}`),
    ...(['', 'Default'].includes(text(context, 'procMount')) ? [] : [`${who} unmasks /proc`]),
    ...contextAgainstBaseline(context, who),
  ];
}

/** What pod and container security contexts have in common. */
function contextAgainstBaseline(context: Json, who: string): readonly string[] {
  const selinux = mapOf(context, 'seLinuxOptions');
  const isOddSelinux =
    !SELINUX_TYPES.includes(text(selinux, 'type')) || text(selinux, 'user') !== '' || text(selinux, 'role') !== '';
  return [
    ...(own(mapOf(context, 'windowsOptions'), 'hostProcess') === true ? [`${who} is a host process`] : []),
    ...(text(mapOf(context, 'seccompProfile'), 'type') === 'Unconfined' ? [`${who} is unconfined by seccomp`] : []),
    ...(text(mapOf(context, 'appArmorProfile'), 'type') === 'Unconfined' ? [`${who} is unconfined by AppArmor`] : []),
    ...(isOddSelinux ? [`${who} sets SELinux options`] : []),
  ];
}

function containerAgainstRestricted(container: unknown, pod: Json): readonly string[] {
  const who = `container ${nameOf(container)}`;
  const context = mapOf(container, 'securityContext');
  const capabilities = mapOf(context, 'capabilities');
  const either = (field: string): unknown => own(context, field) ?? own(pod, field);
  const seccomp = text(mapOf({ profile: either('seccompProfile') }, 'profile'), 'type');
  const added = listOf(capabilities, 'add').filter((c) => c !== 'NET_BIND_SERVICE');
  return [
    ...(own(context, 'allowPrivilegeEscalation') === false ? [] : [`${who} lacks allowPrivilegeEscalation: false`]),
    ...(either('runAsNonRoot') === true ? [] : [`${who} lacks runAsNonRoot: true`]),
    ...(either('runAsUser') === 0 ? [`${who} runs as root`] : []),
    ...(['RuntimeDefault', 'Localhost'].includes(seccomp) ? [] : [`${who} lacks seccompProfile: RuntimeDefault`]),
    ...(listOf(capabilities, 'drop').includes('ALL') ? [] : [`${who} does not drop ALL capabilities`]),
    ...added.map((c) => `${who} adds the capability ${String(c)}`),
  ];
}

function volumesOtherThan(spec: Json, allowed: readonly string[]): readonly string[] {
  return listOf(spec, 'volumes').flatMap((volume) => {
    const type = typeOf(volume);
    return allowed.includes(type) ? [] : [`volume ${nameOf(volume)} is of type ${type}`];
  });
}

/** The source of a volume; none means emptyDir, as in Kubernetes. */
function typeOf(volume: unknown): string {
  return Object.keys(mapOf({ volume }, 'volume')).find((key) => key !== 'name') ?? 'emptyDir';
}

function text(owner: Json, key: string): string {
  const value = own(owner, key) ?? '';
  return typeof value === 'string' ? value : String(value);
}
