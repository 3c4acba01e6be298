import { expect, test } from 'vitest';
import { placeOf } from '../../functions/injection/channel.ts';
import { mutateByChannel } from '../../functions/injection/mutate-by-channel.ts';
import { createPlanMemo } from '../../functions/injection/plan/plan-memo.ts';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import { podOf } from '../support/pods.ts';
import { stateOf, templateOf } from '../support/templates.ts';

/** A Pod of a Deployment as the API server sends it: the name is still to be made. */
function replica(hash: string): RawPod {
  const ownerReferences = [{ kind: 'ReplicaSet', name: `web-${hash}`, controller: true }];
  const labels = { 'pod-template-hash': hash };
  return podOf({}, { name: undefined, generateName: `web-${hash}-`, ownerReferences, labels });
}

function mutated(pod: RawPod, share: number, owner?: string): [string, readonly string[]] {
  const record = { defaultTemplates: ['proxy'], next: { channel: 'canary', share } };
  const nextTemplates = new Map([['proxy', templateOf('proxy', {}, '2')]]);
  const state = { ...stateOf([templateOf('proxy')], record), nextTemplates };
  const { outcome, choice } = mutateByChannel(pod, 'shop', state, {
    plan: createPlanMemo(),
    ...(owner === undefined ? {} : { owner: { kind: 'Deployment', name: owner } }),
  });
  return [choice.channel, outcome.templates.map((t) => `${t.name}@${t.version}`)];
}

const PLACE = placeOf('test', 'shop', 'web');

test.each<[string, () => RawPod, string | undefined]>([
  ['a Pod of a Deployment', () => replica('6f7'), undefined],
  ['a Pod of its next ReplicaSet', () => replica('9c1'), undefined],
  ['a Pod of a StatefulSet', () => podOf({}, { ownerReferences: [{ kind: 'StatefulSet', name: 'web' }] }), undefined],
  ['a bare Pod by its name', () => podOf({}, { name: 'web' }), undefined],
  ['a bare Pod by what it is generated from', () => podOf({}, { name: undefined, generateName: 'web-' }), undefined],
  ['the template of a workload', () => podOf({}, { name: undefined }), 'web'],
])('%s moves to the next channel with its workload, and not before', (_what, pod, owner) => {
  expect(mutated(pod(), PLACE, owner)).toEqual(['stable', ['proxy@1']]);
  expect(mutated(pod(), PLACE + 1, owner)).toEqual(['canary', ['proxy@2']]);
});
