import fc from 'fast-check';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import { managedFields } from './pods.ts';
import { at, namesOf, recordOf } from './values.ts';

type Spec = Readonly<Record<string, unknown>>;

/** Another mutating webhook: it changes a Pod in one way. */
export interface ForeignWebhook {
  readonly name: string;
  readonly change: (pod: RawPod) => RawPod;
}

const LISTS = ['containers', 'initContainers', 'volumes'] as const;

/** What other webhooks are known to do to Pods. */
const CHANGES: Readonly<Record<string, (spec: Spec) => Spec>> = {
  'adds a container in front': (spec) => ({
    ...spec,
    containers: [{ name: 'foreign' }, ...listIn(spec, 'containers')],
  }),
  'adds an init container': (spec) => ({
    ...spec,
    initContainers: [{ name: 'foreign' }, ...listIn(spec, 'initContainers')],
  }),
  'adds a volume': (spec) => ({ ...spec, volumes: [{ name: 'foreign-v' }, ...listIn(spec, 'volumes')] }),
  'rewrites the registry': (spec) => ({
    ...spec,
    containers: listIn(spec, 'containers').map(mirrored),
    ...(listIn(spec, 'initContainers').length > 0 && { initContainers: listIn(spec, 'initContainers').map(mirrored) }),
  }),
  'turns the order round': (spec) => ({ ...spec, containers: listIn(spec, 'containers').toReversed() }),
  'mounts a token everywhere': (spec) => ({
    ...spec,
    containers: listIn(spec, 'containers').map((container) => {
      const mounts = at(container, 'volumeMounts');
      const token = { name: 'token', mountPath: '/var/run/token' };
      return { ...recordOf(container), volumeMounts: [...(Array.isArray(mounts) ? mounts : []), token] };
    }),
  }),
};

/** One of the webhooks above, or one that adds a label. */
export const anyForeignWebhook: fc.Arbitrary<ForeignWebhook> = fc.constantFrom(
  ...Object.entries(CHANGES).map(([name, change]) => ({
    name,
    change: (pod: RawPod) => ({ ...pod, spec: change(recordOf(pod['spec'])) }),
  })),
  {
    name: 'adds a label',
    change: (pod: RawPod) => {
      const metadata = recordOf(pod['metadata']);
      const labels = at(metadata, 'labels');
      return { ...pod, metadata: { ...metadata, labels: { ...(labels ? recordOf(labels) : {}), foreign: 'yes' } } };
    },
  },
);

/** The Pod as the API server would send it: who brought what is written down before any webhook runs. */
export function withManagedFields(pod: RawPod): RawPod {
  const lists = LISTS.map((list) => [list, namesOf(at(pod, 'spec', list)).map(String)] as const);
  return {
    ...pod,
    metadata: { ...recordOf(pod['metadata']), managedFields: managedFields(Object.fromEntries(lists)) },
  };
}

function listIn(spec: Spec, key: string): unknown[] {
  const list = spec[key];
  return Array.isArray(list) ? list : [];
}

function mirrored(container: unknown): Spec {
  const image = at(container, 'image');
  return { ...recordOf(container), ...(typeof image === 'string' && { image: `mirror.test/${image}` }) };
}
