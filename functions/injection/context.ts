import { own } from '../json/check.ts';
import { type Owner, ownerOf, workloadOfOwner } from '../kubernetes/owner.ts';
import { mapOf, nameOf, type RawPod } from '../kubernetes/pod.ts';
import { discoveryContextOf } from '../template/discovery-endpoint.ts';
import type { RenderContext } from '../template/render.ts';
import type { FleetState } from '../template-store/cache/fleet-state.ts';

/** A DNS subdomain, as the API server demands of these names. It does so after us: until then they are anything. */
const SUBDOMAIN = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/**
 * What the expressions of templates can name besides their parameters. Worked out only when a template asks; a name of
 * the Pod that Kubernetes would not accept is the empty text.
 *
 * @param owner stands in for the Pod's own, where that is not made yet
 */
export function contextOf(
  pod: RawPod,
  namespace: string,
  { cluster, record, fleet = 'default' }: FleetState,
  owner?: Owner,
): () => RenderContext {
  return () => {
    const { nativeSidecars, discovery, audience = `outrigger/${fleet}`, clusterDomain } = record;
    return {
      cluster,
      namespace: nameOrEmpty(namespace),
      serviceAccount: nameOrEmpty(own(mapOf(pod, 'spec'), 'serviceAccountName') ?? 'default'),
      owner: workloadOf(pod, owner),
      nativeSidecars,
      clusterDomain,
      audience,
      ...(discovery === undefined ? {} : { discovery: discoveryContextOf(discovery) }),
    };
  };
}

/**
 * The name of the workload: its controller's, or that of the controller above (`workloadOfOwner`); a Pod without an owner is
 * known by its own name, or by what it is generated from. The empty text where Kubernetes would not accept the name.
 */
export function workloadOf(pod: RawPod, owner: Owner | undefined = ownerOf(pod)): string {
  return nameOrEmpty(nameOfWorkload(pod, owner));
}

function nameOfWorkload(pod: RawPod, owner: Owner | undefined): unknown {
  const metadata = mapOf(pod, 'metadata');
  if (owner === undefined) {
    const generateName = own(metadata, 'generateName');
    return nameOf(metadata) ?? (typeof generateName === 'string' ? generateName.replace(/-$/, '') : '');
  }
  return workloadOfOwner(owner, mapOf(metadata, 'labels')).name;
}

function nameOrEmpty(name: unknown): string {
  return typeof name === 'string' && SUBDOMAIN.test(name) ? name : '';
}
