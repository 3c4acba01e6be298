import { isRecord } from '../faults.ts';
import { own } from '../template/check.ts';
import { discoveryContextOf } from '../template/discovery-endpoint.ts';
import type { RenderContext } from '../template/render.ts';
import type { FleetState } from '../template/template-cache.ts';
import { listOf, mapOf, nameOf, type RawPod } from './pod.ts';

/** A DNS subdomain, as the API server demands of these names. It does so after us: until then they are anything. */
const SUBDOMAIN = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/**
 * What the expressions of templates can name besides their parameters. Worked out only when a template asks; a name of
 * the Pod that Kubernetes would not accept is the empty text.
 */
export function contextOf(
  pod: RawPod,
  namespace: string,
  { cluster, record, fleet = 'default' }: FleetState,
): () => RenderContext {
  return () => {
    const { nativeSidecars, discovery, audience = `outrigger/${fleet}`, clusterDomain } = record;
    return {
      cluster,
      namespace: nameOrEmpty(namespace),
      serviceAccount: nameOrEmpty(own(mapOf(pod, 'spec'), 'serviceAccountName') ?? 'default'),
      owner: nameOrEmpty(ownerOf(pod)),
      nativeSidecars,
      clusterDomain,
      audience,
      ...(discovery === undefined ? {} : { discovery: discoveryContextOf(discovery) }),
    };
  };
}

/**
 * The name of the workload: its controller's, for a ReplicaSet without the hash of the Pod template (so the
 * Deployment's); a Pod of nobody's is known by its own name, or by what it is generated from.
 */
function ownerOf(pod: RawPod): unknown {
  const metadata = mapOf(pod, 'metadata');
  const owners = listOf(metadata, 'ownerReferences').filter(isRecord);
  const owner = owners.find((o) => own(o, 'controller') === true) ?? owners[0];
  if (owner === undefined) {
    const generateName = own(metadata, 'generateName');
    return nameOf(metadata) ?? (typeof generateName === 'string' ? generateName.replace(/-$/, '') : '');
  }
  const name = nameOf(owner) ?? '';
  const hash = own(mapOf(metadata, 'labels'), 'pod-template-hash');
  const isHashed = own(owner, 'kind') === 'ReplicaSet' && typeof hash === 'string' && name.endsWith(`-${hash}`);
  return isHashed ? name.slice(0, -hash.length - 1) : name;
}

function nameOrEmpty(name: unknown): string {
  return typeof name === 'string' && SUBDOMAIN.test(name) ? name : '';
}
