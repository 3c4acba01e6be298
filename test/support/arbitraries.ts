import fc from 'fast-check';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import type { Template } from '../../functions/template/template.ts';
import { templateOf } from './templates.ts';

type Json = Record<string, unknown>;

/** Keys that JSON Pointer, JavaScript or Kubernetes treat in a way of their own. */
const oddKey = fc.oneof(
  fc.constantFrom('app', 'a/b', 'a~b', '~1', '-', '0', '', 'ключ', 'constructor', '__proto__', 'toString', 'sidecar'),
  fc.string({ maxLength: 6 }),
);
const text = fc.constantFrom('', 'x', 'y', '1', '1000m', '🛶');
const smallNumber = fc.integer({ min: 0, max: 3 });

/** Any JSON at all, as `JSON.parse` gives it: `__proto__` is then a key like others. */
export const anyJson: fc.Arbitrary<unknown> = fc
  .json({ maxDepth: 4, noUnicodeString: false })
  .map((json): unknown => JSON.parse(json));

/** Absent, null, empty or what `filled` makes: how lists and maps arrive. */
function maybe<T>(filled: fc.Arbitrary<T>, empty: T): fc.Arbitrary<T | null | undefined> {
  return fc.oneof({ weight: 3, arbitrary: filled }, fc.constantFrom(undefined, null, empty));
}

function list(names: readonly string[], more: (name: string) => fc.Arbitrary<Json>): fc.Arbitrary<Json[]> {
  return fc.subarray([...names]).chain((chosen) => fc.tuple(...chosen.map(more)));
}

const env = fc.array(fc.record({ name: fc.constantFrom('A', 'B'), value: text }, { requiredKeys: ['name'] }), {
  maxLength: 3,
});
const ownContainer = (name: string): fc.Arbitrary<Json> =>
  fc.record<Json>(
    {
      name: fc.constant(name),
      image: text,
      env,
      future: anyJson,
      ports: fc.constantFrom([], [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }]),
    },
    { requiredKeys: ['name'] },
  );
const ownVolume = (name: string): fc.Arbitrary<Json> =>
  fc.constantFrom({ name }, { name, emptyDir: {} }, { name, hostPath: { path: '/' } });

/** Own names, and sometimes one that a template uses. */
const names = (prefix: string): fc.Arbitrary<string[]> =>
  fc
    .tuple(fc.subarray([`${prefix}-1`, `${prefix}-2`, `${prefix}-3`]), fc.integer({ min: 0, max: 9 }))
    .map(([own, dice]) => (dice === 0 ? [...own, 'proxy'] : own));

/** Pods as the API server sends them, with parents in every state and fields that nobody knows. */
export const anyPod: fc.Arbitrary<RawPod> = fc
  .record({
    labels: maybe(fc.dictionary(oddKey, text, { maxKeys: 4 }), {}),
    annotations: maybe(fc.dictionary(oddKey, text, { maxKeys: 4 }), {}),
    containers: fc
      .subarray(['app', 'web', 'api'], { minLength: 1 })
      .chain((chosen) => fc.tuple(...chosen.map(ownContainer))),
    initContainers: maybe(
      names('init').chain((n) => list(n, ownContainer)),
      [],
    ),
    volumes: maybe(
      names('data').chain((n) => list(n, ownVolume)),
      [],
    ),
    imagePullSecrets: maybe(fc.array(fc.record({ name: fc.constantFrom('r', 's', 'own') }), { maxLength: 2 }), []),
    nodeSelector: maybe(fc.dictionary(fc.constantFrom('disk', 'zone', 'own'), text), {}),
    securityContext: maybe(fc.record<Json>({ fsGroup: smallNumber, runAsUser: smallNumber }, { requiredKeys: [] }), {}),
    hostNetwork: fc.constantFrom(undefined, undefined, undefined, false, true),
    future: fc.oneof(fc.constant(undefined), anyJson),
  })
  .map(({ labels, annotations, future, ...spec }) =>
    // Through JSON, so that absent fields are absent.
    JSON.parse(JSON.stringify({ metadata: { name: 'pod', labels, annotations, future }, spec: { ...spec, future } })),
  );

const position = fc.constantFrom('First', 'Last', { before: 'app' }, { after: 'app' });
const ours = (name: string): fc.Arbitrary<Json> =>
  fc
    .record<Json>(
      {
        env,
        resources: fc.constantFrom({}, { limits: { cpu: '1000m' } }),
        tty: fc.boolean(),
        restartPolicy: fc.constant('Always'),
        securityContext: fc.constantFrom(
          { privileged: true },
          { capabilities: { add: ['NET_ADMIN'] } },
          { runAsUser: 0 },
        ),
      },
      { requiredKeys: [] },
    )
    .map((more) => ({ name, image: `${name}:1`, ...more }));

/** Templates that say something about every kind of list, map and scalar; `name` also names what they add. */
function anyTemplate(name: string): fc.Arbitrary<Template> {
  return fc
    .record({
      containers: fc.subarray([name, `${name}-2`]).chain((n) => list(n, ours)),
      initContainers: fc.subarray([`${name}-init`]).chain((n) => list(n, ours)),
      volumes: fc
        .subarray([`${name}-v`, `${name}-w`])
        .chain((n) =>
          list(n, (volume) =>
            fc.constantFrom(
              { name: volume, emptyDir: {} },
              { name: volume, configMap: { name: 'c' } },
              { name: volume, hostPath: { path: '/run' } },
            ),
          ),
        ),
      labels: fc.dictionary(
        fc.constantFrom('app', 'sidecar', 'example.com/x', 'constructor'),
        fc.constantFrom('', 'x', 'y'),
      ),
      annotations: fc.dictionary(fc.constantFrom('sidecar', 'example.com/x.y'), text),
      spec: fc.record<Json>(
        {
          imagePullSecrets: fc.constantFrom([{ name: 'r' }], [{ name: 'r' }, { name: 's' }]),
          nodeSelector: fc.dictionary(fc.constantFrom('disk', 'zone'), text),
          securityContext: fc.record<Json>(
            { fsGroup: smallNumber, seccompProfile: fc.constant({ type: 'RuntimeDefault' }) },
            { requiredKeys: [] },
          ),
          hostPID: fc.boolean(),
          terminationGracePeriodSeconds: smallNumber,
          futureMap: fc.constantFrom({ a: { b: [1] } }, { a: 'x' }),
          futureList: fc.constantFrom([], [1], [{ a: 1 }]),
          overhead: fc.constantFrom({ cpu: '1000m' }, { memory: '1Gi' }),
        },
        { requiredKeys: [] },
      ),
      placement: fc.record({ containers: position, initContainers: fc.constantFrom('First', 'Last') }),
      order: smallNumber,
      failureMode: fc.constantFrom('Defer', 'Open', 'Closed'),
    })
    .map(({ containers, initContainers, volumes, labels, annotations, spec, ...more }) => {
      // A template that is otherwise empty adds one label.
      const metadata = { labels: { ...labels, [`example.com/${name}`]: 'on' }, annotations };
      return templateOf(name, { ...more, pod: { metadata, spec: { ...spec, volumes, containers, initContainers } } });
    });
}

/** One or two templates that are seldom in each other's way. */
export const anyTemplates: fc.Arbitrary<Template[]> = fc.oneof(
  fc.tuple(anyTemplate('proxy')),
  fc.tuple(anyTemplate('proxy'), anyTemplate('agent')),
);
