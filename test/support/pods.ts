import jsonPatch, { type Operation } from 'fast-json-patch';
import { injectPlan } from '../../functions/injection/apply/inject.ts';
import type { Plan } from '../../functions/injection/plan/plan.ts';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import { copyOf, recordOf } from './values.ts';

/** A Pod with one container `app`; `spec` and `metadata` are laid over it. */
export function podOf(spec: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}): RawPod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'shop', namespace: 'shop', ...metadata },
    spec: { containers: [{ name: 'app', image: 'shop:1' }], ...spec },
  };
}

/** managedFields as kube-apiserver 1.36 writes them for these elements, before it calls the first webhook. */
export function managedFields(lists: Record<string, readonly string[]>): Record<string, unknown>[] {
  const spec = Object.entries(lists).map(([list, names]) => [
    `f:${list}`,
    Object.fromEntries(names.map((name) => [`k:${JSON.stringify({ name })}`, { '.': {}, 'f:name': {} }])),
  ]);
  return [
    {
      manager: 'kubectl-create',
      operation: 'Update',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:spec': Object.fromEntries(spec) },
    },
  ];
}

/** The Pod after the patch, applied as the API server does it: strictly. The Pod itself is not changed. */
export function applyStrictly(pod: RawPod, operations: readonly Operation[]): RawPod {
  return recordOf(jsonPatch.applyPatch(copyOf(pod), copyOf([...operations]), true, true).newDocument);
}

/** The operations that the plan needs; throws when it cannot be applied to the Pod. */
export function operationsFor(pod: RawPod, plan: Plan): readonly Operation[] {
  const injection = injectPlan(pod, plan);
  if ('reason' in injection) throw new Error(`${injection.reason}: ${injection.detail}`);
  return injection.operations;
}

/** The Pod after the plan was applied to it. */
export function injected(pod: RawPod, plan: Plan): RawPod {
  return applyStrictly(pod, operationsFor(pod, plan));
}
