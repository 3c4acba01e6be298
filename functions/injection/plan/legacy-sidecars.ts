import { own } from '../../json/check.ts';
import { deepFreeze } from '../../json/freeze.ts';
import { type Owner, ownerOf } from '../../kubernetes/owner.ts';
import { mapOf, type RawPod } from '../../kubernetes/pod.ts';
import type { ContainerFragment, Template } from '../../template/template.ts';

const classics = new WeakMap<Template, Template>();

/**
 * Templates as they are applied where there are no native sidecars (`nativeSidecars: false` in the cluster record):
 * init containers that would run on (`restartPolicy: Always`) become ordinary containers, probes and all. Before
 * Kubernetes 1.29 the API server drops that field, and the Pod would wait for the end of the sidecar for ever.
 */
export function withoutNativeSidecars(templates: readonly Template[]): readonly Template[] {
  return templates.map((template) => {
    if (!template.pod.initContainers.some(isNative)) return template;
    const classic = classics.get(template) ?? makeClassic(template);
    classics.set(template, classic);
    return classic;
  });
}

function makeClassic(template: Template): Template {
  const { pod, variant = '' } = template;
  const classic = pod.initContainers.filter(isNative).map(({ restartPolicy: _, ...container }) => container);
  const initContainers = pod.initContainers.filter((container) => !isNative(container));
  return deepFreeze({ ...template, variant: `${variant} classic`, pod: { ...pod, initContainers, classic } });
}

function isNative(container: ContainerFragment): boolean {
  return own(container, 'restartPolicy') === 'Always';
}

/**
 * A warning about a Job that will never be done, because an ordinary container of ours does not end; or none.
 *
 * @param owner stands in for the Pod's own, where that is not made yet
 */
export function warningsAboutJob(pod: RawPod, templates: readonly Template[], owner?: Owner): readonly string[] {
  const names = templates.flatMap((template) => (template.pod.classic ?? []).map(({ name }) => name));
  const { kind } = owner ?? ownerOf(pod) ?? {};
  if (names.length === 0 || (kind !== 'Job' && kind !== 'CronJob')) return [];
  const policy = own(mapOf(pod, 'spec'), 'restartPolicy');
  if (policy !== 'Never' && policy !== 'OnFailure') return [];
  return [`outrigger: without native sidecars this Job will not complete by itself: ${names.join(', ')} runs on`];
}
