import { type EnforcedLevels, enforcedLevel, POD_SECURITY_LEVELS } from '../../cluster-record/pod-security-levels.ts';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import { listOf, mapOf, nameOf, type RawPod } from '../../kubernetes/pod.ts';
import type { Template } from '../../template/template.ts';
import { podSecurityOf } from './pod-security.ts';

/** A container that may do these can send the traffic of all others elsewhere, but for those of one user. */
const REDIRECTS = ['NET_ADMIN', 'NET_RAW'];

/**
 * What a Pod's author should know before the API server says it less clearly, or not at all: that Pod Security
 * refuses what the templates add (it is asked after us, whatever our failurePolicy), and that a container runs as the
 * user that a redirection lets pass.
 *
 * @param levels of the cluster record; undefined: what is enforced is not known
 */
export function warningsAboutSecurity(
  pod: RawPod,
  namespace: string,
  templates: readonly Template[],
  levels: EnforcedLevels | undefined,
): readonly string[] {
  const level = enforcedLevel(levels, namespace);
  return templates.flatMap((template) => [
    ...(level === 'privileged' ? [] : refusalOf(pod, template, level)),
    ...namesakesOf(pod, template),
  ]);
}

function refusalOf(
  pod: RawPod,
  { name, pod: added }: Template,
  enforced: 'restricted' | 'baseline',
): readonly string[] {
  // Containers that say nothing themselves take what the Pod says.
  const securityContext = { ...mapOf(mapOf(pod, 'spec'), 'securityContext'), ...mapOf(added.spec, 'securityContext') };
  const containers = [...added.containers, ...(added.classic ?? [])];
  const need = podSecurityOf({ ...added.spec, securityContext, containers, initContainers: added.initContainers });
  if (POD_SECURITY_LEVELS.indexOf(need.level) <= POD_SECURITY_LEVELS.indexOf(enforced)) return [];
  return [`outrigger: Pod Security ${enforced} refuses ${name}: ${need.reasons[0]}`];
}

/** The Pod's own containers that run as the user of a sidecar whose traffic is not redirected. */
function namesakesOf(pod: RawPod, { pod: added }: Template): readonly string[] {
  const ours = [...added.initContainers, ...added.containers, ...(added.classic ?? [])];
  const isRedirecting = ours.some((container) => {
    const capabilities = mapOf(mapOf(container, 'securityContext'), 'capabilities');
    return listOf(capabilities, 'add').some((c) => REDIRECTS.includes(String(c)));
  });
  if (!isRedirecting) return [];
  const names = new Set(ours.map((container) => container.name));
  const sidecars = new Map(ours.map((container) => [userOf(container), container.name]));
  const spec = mapOf(pod, 'spec');
  const live = [...listOf(spec, 'initContainers'), ...listOf(spec, 'containers')];
  return live.flatMap((container) => {
    const name = nameOf(container) ?? '';
    const user = userOf(container) ?? userOf(spec);
    const sidecar = typeof user === 'number' && !names.has(name) ? sidecars.get(user) : undefined;
    if (sidecar === undefined) return [];
    return [`outrigger: container ${name} runs as user ${user}, as ${sidecar} does: its calls go past the sidecar`];
  });
}

function userOf(owner: unknown): unknown {
  return isRecord(owner) ? own(mapOf(owner, 'securityContext'), 'runAsUser') : undefined;
}
