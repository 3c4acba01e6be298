import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { casesIn } from '../../support/golden-cases.ts';
import type { TestCluster } from './test-cluster.ts';

const WHOLE = join(import.meta.dirname, '..', '..', 'fixtures', 'whole-pods');

/** What the Pods of test/fixtures/whole-pods need from the API server: classes, and fields behind feature gates. */
export const WHOLE_POD_FLAGS = ['--feature-gates=AllAlpha=true,AllBeta=true', '--runtime-config=api/all=true'];

const CLASSES = [
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'whole' },
    value: 1_000,
    preemptionPolicy: 'Never',
  },
  {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: 'whole' },
    handler: 'whole',
    overhead: { podFixed: { cpu: '250m', memory: '32Mi' } },
  },
];

/** The Pods that together set every field of PodSpec. */
export const WHOLE_PODS: readonly string[] = casesIn(WHOLE);

/** One of them. */
export function readWholePod(name: string): V1Pod {
  return parse(readFileSync(join(WHOLE, `${name}.yaml`), 'utf8'));
}

/** Makes the classes that whole Pods name. */
export async function applyClasses({ api }: TestCluster): Promise<void> {
  for (const manifest of CLASSES) await api.kubectl(['apply', '-f', '-'], JSON.stringify(manifest));
}

/** A namespace with the ServiceAccount that whole Pods name. */
export async function wholePodNamespace(cluster: TestCluster, optedIn = true): Promise<string> {
  const namespace = await cluster.namespace(optedIn);
  await cluster.core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'whole' } } });
  return namespace;
}

/** A Pod without what differs between two creations of the same manifest. */
export function normalised(pod: V1Pod): V1Pod {
  const text = JSON.stringify(pod).replaceAll(/kube-api-access-[a-z0-9]+/g, 'kube-api-access');
  const copy: V1Pod & Record<string, unknown> = JSON.parse(text);
  const { uid, resourceVersion, creationTimestamp, namespace, managedFields, generation, ...metadata } =
    copy.metadata ?? {};
  return { ...copy, metadata };
}

/**
 * A stored Pod as a client would send it again: without its identity, the mount of its ServiceAccount token, and the
 * label keys that the API server has worked into the selectors already (it refuses to see them twice).
 */
export function asSentAgain(pod: V1Pod): V1Pod {
  const isToken = ({ name }: { name: string }): boolean => name.startsWith('kube-api-access');
  const { status, ...copy } = structuredClone(normalised(pod));
  const text = JSON.stringify({ ...copy, spec: { ...pod.spec, nodeName: undefined } }, (key, value) => {
    if (key === 'matchLabelKeys' || key === 'mismatchLabelKeys') return undefined;
    if (key !== 'volumes' && key !== 'volumeMounts') return value;
    return value.filter((element: { name: string }) => !isToken(element));
  });
  return JSON.parse(text);
}
