import { mutateByChannel } from '../../functions/injection/mutate-by-channel.ts';
import { createPlanMemo } from '../../functions/injection/plan/plan-memo.ts';
import { listOf, mapOf, nameOf, type RawPod } from '../../functions/kubernetes/pod.ts';
import type { FleetState } from '../../functions/template-store/cache/fleet-state.ts';
import { applyStrictly } from './pods.ts';
import { copyOf } from './values.ts';

/** A Pod as it runs: what was sent, with its managedFields, after the webhook of that time; undefined: there was none. */
export function runningPod(sent: RawPod, then: FleetState | undefined): RawPod {
  const pod = { ...sent, metadata: { ...mapOf(sent, 'metadata'), managedFields: fieldsOf(sent) } };
  const namespace = String(mapOf(sent, 'metadata')['namespace']);
  const injected = then === undefined ? pod : injectedBy(pod, namespace, then);
  return { ...injected, status: { phase: 'Running' } };
}

/** The same as if its managedFields had been reset. */
export function withoutFields(pod: RawPod): RawPod {
  const { managedFields: _, ...metadata } = mapOf(pod, 'metadata');
  return { ...pod, metadata };
}

function injectedBy(pod: RawPod, namespace: string, then: FleetState): RawPod {
  const { outcome } = mutateByChannel(copyOf(pod), namespace, then, { plan: createPlanMemo() });
  return applyStrictly(pod, outcome.operations);
}

/** `managedFields` as kube-apiserver 1.36 writes them before it calls the first webhook. */
function fieldsOf(sent: RawPod): unknown[] {
  const keys = (map: string): object =>
    Object.fromEntries(Object.keys(mapOf(mapOf(sent, 'metadata'), map)).map((key) => [`f:${key}`, {}]));
  const elements = (list: string): object =>
    Object.fromEntries(
      listOf(mapOf(sent, 'spec'), list).map((one) => [
        `k:${JSON.stringify({ name: nameOf(one) })}`,
        { '.': {}, 'f:name': {}, 'f:image': {} },
      ]),
    );
  const lists = ['containers', 'initContainers', 'volumes'];
  const fieldsV1 = {
    'f:metadata': { 'f:labels': keys('labels'), 'f:annotations': keys('annotations') },
    'f:spec': Object.fromEntries(lists.map((list) => [`f:${list}`, elements(list)])),
  };
  const kubelet = { manager: 'kubelet', subresource: 'status', fieldsV1: { 'f:status': { 'f:phase': {} } } };
  return [{ manager: 'kube-controller-manager', operation: 'Update', fieldsType: 'FieldsV1', fieldsV1 }, kubelet];
}
