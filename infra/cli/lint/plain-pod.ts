import { listOf, nameOf } from '../../../functions/kubernetes/pod.ts';
import { EVERY_CONTAINER } from '../../../functions/template/parse/parse-amend.ts';
import type { Position, Template } from '../../../functions/template/template.ts';

/** Fits into the Pod Security level `restricted` and under quotas, so that what is refused is the template's. */
const CONTAINER = {
  image: 'registry.k8s.io/pause:3.10',
  command: ['/pause'],
  resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '10m', memory: '16Mi' } },
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    runAsUser: 65_535,
    seccompProfile: { type: 'RuntimeDefault' },
  },
};

/**
 * A small Pod that a template can be put into: one container, besides those that the template amends or stands next to,
 * and the volumes that it leaves to the Pod.
 *
 * @param annotations of the Pod, its parameters among them
 */
export function plainPod(
  { pod, placement }: Template,
  namespace: string,
  annotations: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const ours = new Set([...pod.containers, ...pod.initContainers].map(({ name }) => name));
  const notOurs = (wanted: readonly (string | undefined)[]): readonly string[] => [
    ...new Set(wanted.flatMap((n) => (n === undefined || n === EVERY_CONTAINER || ours.has(n) ? [] : [n]))),
  ];
  const inits = notOurs([targetOf(placement.initContainers)]);
  const amended = (pod.amend ?? []).map(({ container }) => container);
  const apps = notOurs([targetOf(placement.containers), targetOf(placement.classic), ...amended]);
  const names = apps.filter((name) => !inits.includes(name));
  const make = (name: string): object => ({ name, ...CONTAINER });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'outrigger-dry-run-', namespace, annotations },
    spec: {
      ...(inits.length === 0 ? {} : { initContainers: inits.map(make) }),
      containers: (names.length === 0 ? ['app'] : names).map(make),
      volumes: missingVolumes(pod).map((name) => ({ name, emptyDir: {} })),
    },
  };
}

function targetOf(position: Position): string | undefined {
  if (typeof position === 'string') return undefined;
  return 'before' in position ? position.before : position.after;
}

/** The volumes that are mounted and that the template does not bring. */
function missingVolumes(pod: Template['pod']): readonly string[] {
  const brought = new Set(listOf(pod.spec, 'volumes').map(nameOf));
  const owners = [...pod.containers, ...pod.initContainers, pod.eachContainer, ...(pod.amend ?? [])];
  const mounted = owners.flatMap((owner) => listOf(owner, 'volumeMounts').map(nameOf));
  return [...new Set(mounted)].flatMap((name) => (name === undefined || brought.has(name) ? [] : [name]));
}
