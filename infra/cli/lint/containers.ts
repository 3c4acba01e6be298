import { own } from '../../../functions/json/check.ts';
import { isMarker } from '../../../functions/kubernetes/merge/directives.ts';
import { listOf, mapOf, nameOf } from '../../../functions/kubernetes/pod.ts';
import type { PodFragment } from '../../../functions/template/template.ts';
import { lintEnv } from './env.ts';
import { type Finding, warning } from './finding.ts';
import { lintMounts, lintMountsForEach, lintToken, mountsOf } from './mounts.ts';

interface Placed {
  readonly container: unknown;
  readonly at: string;
}

/** What is wrong or unwise about containers and volumes, the template's own and what every container gets. */
export function lintContainers(pod: PodFragment): readonly Finding[] {
  const path = 'spec.pod.spec';
  const each = 'spec.eachContainer.fragment';
  // A volume that is taken away is none.
  const volumes = listOf(pod.spec, 'volumes').map((v) => (isMarker(v) ? '' : (nameOf(v) ?? '')));
  const containers: readonly Placed[] = (['initContainers', 'containers'] as const).flatMap((list) =>
    pod[list].map((container, i) => ({ container, at: `${path}.${list}[${i}]` })),
  );
  const amend = (pod.amend ?? []).map((amendment, i) => ({ amendment, at: `spec.amend[${i}].fragment` }));
  const owners = [...containers.map(({ container }) => container), pod.eachContainer, ...(pod.amend ?? [])];
  const mounted = new Set(owners.flatMap((owner) => mountsOf(owner).map((m) => m.name)));
  return [
    ...containers.flatMap(({ container, at }) => [
      ...lintImage(container, at),
      ...lintMounts(container, at, volumes),
      ...lintEnv(listOf(container, 'env'), `${at}.env`),
      ...(own(pod.spec, 'automountServiceAccountToken') === false ? [] : lintToken(container, at)),
    ]),
    ...lintMountsForEach(pod.eachContainer, each, volumes),
    ...lintEnv(listOf(pod.eachContainer, 'env'), `${each}.env`),
    ...amend.flatMap(({ amendment, at }) => [
      ...lintMountsForEach(amendment, at, volumes),
      ...lintEnv(amendment.env, `${at}.env`),
    ]),
    ...lintPorts(containers),
    ...volumes.flatMap((name, i) =>
      name === '' || mounted.has(name)
        ? []
        : [warning('unused-volume', `${path}.volumes[${i}]`, `no container mounts the volume ${name}`)],
    ),
  ];
}

function lintImage(container: unknown, at: string): readonly Finding[] {
  const image = String(own(mapOf({ container }, 'container'), 'image') ?? '');
  // What an expression makes of it is not known here.
  if (image.includes('@sha256:') || image.includes('${')) return [];
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  if (tag !== undefined && tag !== 'latest') return [];
  const what = tag === undefined ? 'has no tag' : 'has the tag latest';
  return [warning('image-tag', `${at}.image`, `${image} ${what}: Pods of one template would run different images`)];
}

/** All containers of a Pod share its network; by containerPort alone kubectl would take TCP and UDP for one. */
function lintPorts(containers: readonly Placed[]): readonly Finding[] {
  const seen = new Map<string, string>();
  return containers.flatMap(({ container, at }) =>
    listOf(container, 'ports').flatMap((port, i) => {
      const { containerPort, protocol = 'TCP' } = mapOf({ port }, 'port');
      const key = `${String(containerPort)}/${String(protocol)}`;
      const first = seen.get(key);
      const path = `${at}.ports[${i}]`;
      if (first === undefined) seen.set(key, path);
      return first === undefined ? [] : [warning('port', path, `${key} is also at ${first}; only one can listen`)];
    }),
  );
}
