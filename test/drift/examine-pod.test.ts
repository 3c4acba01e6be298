import { describe, expect, test } from 'vitest';
import { examinePod, type PodDrift } from '../../functions/drift/examine-pod.ts';
import { additionsOf } from '../../functions/drift/sent-pod.ts';
import { createPlanMemo } from '../../functions/injection/plan/plan-memo.ts';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import type { FleetState } from '../../functions/template-store/cache/fleet-state.ts';
import { podOf } from '../support/pods.ts';
import { runningPod, withoutFields } from '../support/running-pods.ts';
import { oneContainer, stateOf, templateOf } from '../support/templates.ts';
import { recordOf } from '../support/values.ts';

const STATUS = 'outrigger.dev/status';
const V1 = templateOf('envoy', {}, '1');
const V2 = templateOf(
  'envoy',
  { pod: { spec: { containers: [{ name: 'envoy', image: 'registry.test/envoy:2' }] } } },
  '2',
);
const RENAMED = templateOf('proxy', { pod: oneContainer('envoy') }, '1');
const LOGS = templateOf('logs', { order: 200 }, '7');
const TEAM = templateOf('team', { pod: { metadata: { labels: { team: 'none' } } } }, '3');
const BY_DEFAULT = { defaultTemplates: ['envoy'] };
const then = stateOf([V1], BY_DEFAULT);
const now = stateOf([V2], BY_DEFAULT);
const nobody = stateOf([V1, V2]);

const examine = (pod: RawPod, state: FleetState, isSent = true): PodDrift | undefined =>
  examinePod(pod, String(recordOf(pod['metadata'])['namespace']), isSent, {
    state,
    additions: additionsOf(state),
    plan: createPlanMemo(),
  });
/** The Pod with its status annotation changed, as whoever may update Pods can. */
const saying = (pod: RawPod, status: unknown): RawPod => {
  const metadata = recordOf(pod['metadata']);
  const annotations = { ...recordOf(metadata['annotations'] ?? {}) };
  if (status === undefined) delete annotations[STATUS];
  else annotations[STATUS] = typeof status === 'string' ? status : JSON.stringify(status);
  return { ...pod, metadata: { ...metadata, annotations } };
};
const without = (pod: RawPod, name: string): RawPod => {
  const spec = recordOf(pod['spec']);
  const containers = (spec['containers'] as { name: string }[]).filter((container) => container.name !== name);
  return { ...pod, spec: { ...spec, containers } };
};
const current = (version: string, hash: string) => ({
  templates: [{ name: 'envoy', version, hash }],
  containers: ['envoy'],
});

describe('a Pod that is as it should be', () => {
  test.each<[sentence: string, pod: RawPod, state: FleetState]>([
    ['injected with what is served', runningPod(podOf(), then), then],
    [
      'published again with the same content',
      runningPod(podOf(), then),
      stateOf([{ ...V1, version: '9' }], BY_DEFAULT),
    ],
    ['opted out', runningPod(podOf({}, { labels: { 'outrigger.dev/inject': 'false' } }), then), then],
    ['nobody gives it anything', runningPod(podOf(), undefined), nobody],
    [
      'a never-selector keeps it out',
      runningPod(podOf({}, { labels: { app: 'db' } }), undefined),
      stateOf([V1], { ...BY_DEFAULT, neverSelectors: [{ matchLabels: { app: 'db' } }] }),
    ],
    ['on the host network', runningPod(podOf({ hostNetwork: true }), then), then],
    [
      'labels alone',
      runningPod(podOf(), stateOf([TEAM], { defaultTemplates: ['team'] })),
      stateOf([TEAM], { defaultTemplates: ['team'] }),
    ],
    ['its managedFields were reset', withoutFields(runningPod(podOf(), then)), then],
    ['a native sidecar as an ordinary container', runningPod(podOf(), nativeState(false)), nativeState(false)],
    ['a native sidecar', runningPod(podOf(), nativeState(true)), nativeState(true)],
    [
      'it brought just what it would get, and no status',
      runningPod(
        podOf({
          containers: [
            { name: 'app', image: 'shop:1' },
            { name: 'envoy', image: 'registry.test/envoy:1' },
          ],
        }),
        undefined,
      ),
      then,
    ],
    ['other webhooks changed our container', changed(runningPod(podOf(), then)), then],
    [
      'a debug container of our name',
      {
        ...runningPod(podOf(), then),
        spec: {
          ...recordOf(runningPod(podOf(), then)['spec']),
          ephemeralContainers: [{ name: 'envoy', image: 'debug' }],
        },
      },
      then,
    ],
    [
      'parameters',
      runningPod(podOf({}, { annotations: { 'parameters.outrigger.dev/cpu': '50m' } }), withParameter()),
      withParameter(),
    ],
  ])('%s', (_sentence, pod, state) => {
    expect(examine(pod, state)).toEqual({ templates: [] });
  });
});

function nativeState(nativeSidecars: boolean): FleetState {
  const pod = { spec: { initContainers: [{ name: 'proxy', image: 'p', restartPolicy: 'Always' }] } };
  return stateOf([templateOf('native', { pod })], { defaultTemplates: ['native'], nativeSidecars });
}

function withParameter(): FleetState {
  const container = { name: 'envoy', image: 'e', resources: { requests: { cpu: '${cpu}' } } };
  const parameters = [{ name: 'cpu', type: 'quantity', default: '100m' }];
  return stateOf([templateOf('envoy', { parameters, pod: { spec: { containers: [container] } } })], BY_DEFAULT);
}

function changed(pod: RawPod): RawPod {
  const text = JSON.stringify(pod).replace('"image":"registry.test/envoy:1"', '"image":"mirror.corp/envoy:1"');
  return recordOf(JSON.parse(text));
}

describe('a Pod that differs', () => {
  test.each<[sentence: string, pod: RawPod, state: FleetState, templates: unknown[]]>([
    [
      'made before the registration',
      runningPod(podOf(), undefined),
      now,
      [{ name: 'envoy', drift: 'missing', to: '2' }],
    ],
    ['of an old version', runningPod(podOf(), then), now, [{ name: 'envoy', drift: 'outdated', from: '1', to: '2' }]],
    [
      'of an old version, managedFields reset',
      withoutFields(runningPod(podOf(), then)),
      now,
      [{ name: 'envoy', drift: 'outdated', from: '1', to: '2' }],
    ],
    [
      'one template more by now',
      runningPod(podOf(), then),
      stateOf([V1, LOGS], { defaultTemplates: ['envoy', 'logs'] }),
      [{ name: 'logs', drift: 'missing', to: '7' }],
    ],
    ['no longer a default', runningPod(podOf(), then), nobody, [{ name: 'envoy', drift: 'extra', from: '1' }]],
    [
      'another template for the same container',
      runningPod(podOf(), then),
      stateOf([RENAMED], { defaultTemplates: ['proxy'] }),
      [
        { name: 'proxy', drift: 'outdated', to: '1' },
        { name: 'envoy', drift: 'extra', from: '1' },
      ],
    ],
    [
      'labels alone, which nobody gives now',
      runningPod(podOf(), stateOf([TEAM], { defaultTemplates: ['team'] })),
      stateOf([TEAM]),
      [{ name: 'team', drift: 'extra', from: '3' }],
    ],
    [
      'labels alone, missing',
      runningPod(podOf(), undefined),
      stateOf([TEAM], { defaultTemplates: ['team'] }),
      [{ name: 'team', drift: 'missing', to: '3' }],
    ],
    [
      'asked for by name',
      runningPod(podOf({}, { annotations: { 'outrigger.dev/templates': 'logs' } }), undefined),
      stateOf([V1, LOGS], BY_DEFAULT),
      [{ name: 'logs', drift: 'missing', to: '7' }],
    ],
    [
      'opted out since',
      {
        ...runningPod(podOf(), then),
        metadata: { ...recordOf(runningPod(podOf(), then)['metadata']), labels: { 'outrigger.dev/inject': 'false' } },
      },
      then,
      [{ name: 'envoy', drift: 'extra', from: '1' }],
    ],
  ])('%s', (_sentence, pod, state, templates) => {
    expect(examine(pod, state)).toEqual({ templates });
  });

  test('in a namespace that is not sent to the webhook only what is too much counts', () => {
    expect(examine(runningPod(podOf(), then), then, false)).toEqual({
      templates: [{ name: 'envoy', drift: 'extra', from: '1' }],
    });
    expect(examine(runningPod(podOf(), undefined), then, false)).toEqual({ templates: [] });
  });

  test.each([
    ['outside', 0, []],
    ['inside', 100, [{ name: 'envoy', drift: 'outdated', from: '1', to: '2' }]],
  ])('%s the share of the next channel', (_where, share, templates) => {
    const state = {
      ...stateOf([V1], { ...BY_DEFAULT, next: { channel: 'canary', share } }),
      nextTemplates: new Map([['envoy', V2]]),
    };
    expect(examine(runningPod(podOf(), then), state)).toEqual({ templates });
  });

  test('the place in a roll-out is that of the Pod before it had its generated name', () => {
    // SHA-256 of ["test","shop","batch"]: what `generateName: batch-` stands for at admission.
    const sent = podOf({}, { name: undefined, generateName: 'batch-' });
    const live = runningPod(JSON.parse(JSON.stringify(sent)), then);
    const named = { ...live, metadata: { ...recordOf(live['metadata']), name: 'batch-x7k2p' } };
    for (let share = 0; share <= 100; share += 5) {
      const state = {
        ...stateOf([V1], { ...BY_DEFAULT, next: { channel: 'canary', share } }),
        nextTemplates: new Map([['envoy', V2]]),
      };
      expect(examine(named, state)?.templates.length, `share ${share}`).toBe(examine(live, state)?.templates.length);
    }
  });
});

describe('a status annotation is nobody’s proof', () => {
  const live = runningPod(podOf(), undefined);
  const missing = [{ name: 'envoy', drift: 'missing', from: '2', to: '2' }];
  test.each<[sentence: string, pod: RawPod, templates: unknown[]]>([
    ['forged: the containers are not there', saying(live, current('2', V2.hash)), missing],
    [
      'forged in another version, nothing there',
      saying(live, current('1', V1.hash)),
      [{ name: 'envoy', drift: 'missing', from: '1', to: '2' }],
    ],
    ['the container was taken away', without(runningPod(podOf(), now), 'envoy'), missing],
    [
      'taken away: the version is not known',
      saying(runningPod(podOf(), now), undefined),
      [{ name: 'envoy', drift: 'outdated', to: '2' }],
    ],
    ['not JSON', saying(live, '{'), [{ name: 'envoy', drift: 'missing', to: '2' }]],
    [
      'of other shapes',
      saying(live, {
        templates: [null, 7, { name: 'envoy' }, { name: 'ENVOY', version: '2', hash: V2.hash }],
        containers: 'envoy',
      }),
      [{ name: 'envoy', drift: 'missing', to: '2' }],
    ],
    [
      'a version for a shell',
      saying(live, current('$(reboot)', V1.hash)),
      [{ name: 'envoy', drift: 'missing', to: '2' }],
    ],
    [
      'too long',
      saying(live, { ...current('2', V2.hash), more: 'x'.repeat(20_000) }),
      [{ name: 'envoy', drift: 'missing', to: '2' }],
    ],
    [
      'extras that are not there',
      saying(runningPod(podOf(), now), {
        templates: [
          { name: 'envoy', version: '2', hash: V2.hash },
          { name: 'ghost', version: '1', hash: 'x' },
        ],
        containers: ['envoy', 'ghost'],
      }),
      [],
    ],
    [
      'extras in the request itself',
      runningPod(
        podOf(
          {},
          {
            annotations: {
              [STATUS]: JSON.stringify({ templates: [{ name: 'ghost', version: '1', hash: 'x' }], containers: [] }),
            },
          },
        ),
        now,
      ),
      [],
    ],
  ])('%s', (_sentence, pod, templates) => {
    expect(examine(pod, now)?.templates).toEqual(templates);
  });
});

describe('a Pod that would not be admitted today', () => {
  test.each<[sentence: string, pod: RawPod, state: FleetState, drift: PodDrift]>([
    [
      'it asks for what is not there',
      runningPod(podOf({}, { annotations: { 'outrigger.dev/templates': 'gone' } }), undefined),
      now,
      { templates: [], refused: 'the Pod asks for a template that does not exist: "gone" (UnknownTemplate)' },
    ],
    [
      'a default is not there',
      runningPod(podOf(), then),
      stateOf([], BY_DEFAULT),
      {
        templates: [],
        refused: 'a default template of the cluster record does not exist: envoy (DefaultTemplateMissing)',
      },
    ],
    [
      'it brings another container of the name',
      runningPod(
        podOf({
          containers: [
            { name: 'app', image: 'a' },
            { name: 'envoy', image: 'own' },
          ],
        }),
        undefined,
      ),
      now,
      {
        templates: [{ name: 'envoy', drift: 'missing', to: '2' }],
        refused:
          'the Pod brings a container of the same name that differs from the template: envoy (ContainerNameConflict)',
      },
    ],
  ])('%s', (_sentence, pod, state, drift) => {
    expect(examine(pod, state)).toEqual(drift);
  });
});

test.each([
  ['a system namespace', podOf({}, { namespace: 'kube-system' })],
  ['a mirror Pod', podOf({}, { annotations: { 'kubernetes.io/config.mirror': 'x' } })],
])('%s is not looked at', (_what, pod) => {
  expect(examine(runningPod(pod, undefined), now)).toBeUndefined();
});

test('a label that a template gave does not decide about the next decision', () => {
  const template = templateOf('envoy', { pod: { ...oneContainer('envoy'), metadata: { labels: { meshed: 'yes' } } } });
  const record = { ...BY_DEFAULT, neverSelectors: [{ matchLabels: { meshed: 'yes' } }] };
  const state = stateOf([template], record);
  expect(examine(runningPod(podOf(), stateOf([template], BY_DEFAULT)), state)).toEqual({ templates: [] });
  const own = podOf({}, { labels: { meshed: 'yes' } });
  expect(examine(runningPod(own, undefined), state)).toEqual({ templates: [] });
  expect(examine(runningPod(podOf(), undefined), state)?.templates).toHaveLength(1);
});
