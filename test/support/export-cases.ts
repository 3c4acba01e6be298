import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A template that a policy can hold, as people write it, and the cluster record that decides who gets it. */
export interface ExportCase {
  readonly source: string;
  readonly record?: Readonly<Record<string, unknown>>;
  /** How many of the Pods it changes, at least. */
  readonly changed: number;
}

const shipped = (name: string): string =>
  readFileSync(join(import.meta.dirname, '..', '..', 'infra', 'templates', `${name}.yaml`), 'utf8');
const template = (name: string, spec: string): string =>
  `apiVersion: outrigger.dev/v1alpha1\nkind: SidecarTemplate\nmetadata: { name: ${name} }\nspec:\n${spec}`;

/** What would be code, were it not escaped: as CEL, as YAML, as JSON Pointer. */
const HOSTILE = '"] + [JSONPatch{op: "remove", path: "/spec"}] + ["\\" \' \\u0022 \u2028 é 😀 ${x} $(y) `z`';

/** By the template's name. */
export const EXPORT_CASES: Readonly<Record<string, ExportCase>> = {
  'labels-only': { changed: 20, source: 'metadata: { labels: { team: payments, example.com/added: "yes" } }' },
  'envoy-initializer': { changed: 20, source: shipped('envoy-initializer') },
  labels: { changed: 20, source: shipped('labels') },
  first: {
    changed: 20,
    source: template(
      'first',
      `
  allow: { hostNetwork: true, windows: true }
  placement: { containers: First, initContainers: First }
  pod:
    metadata: { annotations: { 'example.com/hostile.key': ${JSON.stringify(HOSTILE)} } }
    spec:
      initContainers:
        - { name: setup, image: 'setup:1', env: [{ name: HOSTILE, value: ${JSON.stringify(HOSTILE)} }] }
        - name: proxy
          image: 'proxy:1'
          restartPolicy: Always
          args: ['--flag', '', '--x=1']
          env:
            - { name: EMPTY }
            - { name: POD, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
          ports: [{ containerPort: 15001 }, { containerPort: 53, protocol: UDP }]
          resources: { requests: { cpu: 0.5, memory: 64Mi }, limits: { memory: 1Gi } }
          readinessProbe: { httpGet: { path: /ready, port: 15021 }, periodSeconds: 2 }
          securityContext: { runAsUser: 1337, readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } }
      containers: [{ name: one, image: 'one:1' }, { name: two, image: 'two:1' }, { name: three, image: 'three:1' }]
`,
    ),
  },
  beside: {
    changed: 3,
    source: template(
      'beside',
      `
  placement: { containers: { before: app }, initContainers: { after: prepare } }
  pod:
    spec:
      initContainers: [{ name: late, image: 'late:1' }, { name: early, image: 'early:1' }]
      containers: [{ name: one, image: 'one:1' }, { name: two, image: 'two:1', volumeMounts: [{ name: data, mountPath: /data }] }]
`,
    ),
  },
  spec: {
    changed: 20,
    source: template(
      'spec',
      `
  pod:
    spec:
      terminationGracePeriodSeconds: 45
      shareProcessNamespace: true
      nodeSelector: { disk: ssd, zone: a }
      tolerations: [{ key: dedicated, operator: Equal, value: gpu, effect: NoSchedule }]
      imagePullSecrets: [{ name: registry }]
      schedulingGates: [{ name: example.com/gate }]
      hostAliases: [{ ip: 10.1.2.3, hostnames: [a.example.com] }]
      securityContext: { fsGroup: 2000, runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
      dnsConfig: { options: [{ name: ndots, value: '2' }] }
      affinity:
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - { weight: 5, podAffinityTerm: { topologyKey: kubernetes.io/hostname, labelSelector: { matchLabels: { app: web } } } }
      topologySpreadConstraints:
        - { maxSkew: 2, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: { matchLabels: { app: web } } }
      volumes:
        - { name: data, emptyDir: { sizeLimit: 1Gi } }
        - name: identity
          projected: { sources: [{ serviceAccountToken: { path: token, audience: a, expirationSeconds: 3600 } }] }
`,
    ),
  },
  chosen: {
    changed: 6,
    source: template(
      'chosen',
      `
  match:
    namespaces: ['test-*']
    excludeNamespaces: [test-0, '*-x-*']
    podSelector:
      matchLabels: { app: web }
      matchExpressions: [{ key: tier, operator: NotIn, values: [batch, cron] }, { key: app, operator: Exists }]
  pod: { metadata: { labels: { chosen: 'yes' } } }
`,
    ),
    record: { policy: 'disabled', neverSelectors: [{ matchLabels: { never: 'true' } }] },
  },
  default: {
    changed: 2,
    source: template('default', '  pod: { metadata: { labels: { default: "yes" } } }\n'),
    record: {
      policy: 'disabled',
      defaultTemplates: ['default'],
      alwaysSelectors: [{ matchExpressions: [{ key: 'tier', operator: 'In', values: ['batch'] }] }],
      neverSelectors: [{ matchLabels: { never: 'true' } }],
    },
  },
};

const APP = { name: 'app', image: 'app:1' };

function pod(name: string, metadata: object = {}, spec: object = {}): object {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec: { containers: [APP], ...spec } };
}

/** The seed's container and volume, as a Pod would bring them itself. */
const ENVOY = {
  name: 'envoy',
  image: 'lyft/envoy:845747db88f102c0fd262ab234308e9e22f693a1',
  command: ['/usr/local/bin/envoy'],
  args: ['--concurrency 4', '--config-path /etc/envoy/envoy.json', '--mode serve'],
  ports: [{ containerPort: 80 }],
  resources: { limits: { cpu: 1, memory: '0.5Gi' }, requests: { cpu: '0.1', memory: '64Mi' } },
  volumeMounts: [{ name: 'envoy-conf', mountPath: '/etc/envoy' }],
};
const PREPARE = { name: 'prepare', image: 'p:1' };
const DATA = { name: 'data', emptyDir: { sizeLimit: '1024Mi' } };
const ENVOY_CONF = { name: 'envoy-conf', configMap: { name: 'envoy' } };

/** A Pod of so many containers, each with so many variables. */
function largePod(containers: number, variables: number): object {
  const env = Array.from({ length: variables }, (_, i) => ({ name: `VAR_${i}`, value: 'x'.repeat(40) }));
  const list = Array.from({ length: containers }, (_, i) => ({
    name: i === 0 ? 'app' : `app-${i}`,
    image: 'a:1',
    env,
  }));
  return pod('large', {}, { containers: list });
}

/** Pods that a template meets, by what is special about them. */
export const EXPORT_PODS: Readonly<Record<string, object>> = {
  bare: pod('bare'),
  'own label and annotation': pod('own', {
    labels: { app: 'web', team: 'own' },
    annotations: { 'example.com/a': 'b' },
  }),
  'its annotation, otherwise': pod('other', { annotations: { 'example.com/hostile.key': 'mine', contact: 'me' } }),
  'no containers': pod('nothing', {}, { containers: undefined }),
  'an empty list of containers': pod('empty', {}, { containers: [] }),
  volumes: pod('volumes', {}, { volumes: [{ name: 'mine', emptyDir: {} }], automountServiceAccountToken: false }),
  'init containers': pod('inits', {}, { initContainers: [PREPARE, { name: 'more', image: 'm:1' }], volumes: [DATA] }),
  'one of the init containers': pod(
    'early',
    {},
    { initContainers: [PREPARE, { name: 'early', image: 'early:1' }], volumes: [DATA] },
  ),
  'the same container': pod('same', {}, { containers: [APP, ENVOY], volumes: [ENVOY_CONF] }),
  'another container of the name': pod('clash', {}, { containers: [{ ...ENVOY, image: 'other:1' }, APP] }),
  'the name among the init containers': pod('elsewhere', {}, { initContainers: [{ name: 'envoy', image: 'e:1' }] }),
  'some of the containers': pod('some', {}, { containers: [APP, { name: 'two', image: 'two:1' }] }),
  'the last of the containers': pod('last', {}, { containers: [{ name: 'three', image: 'three:1' }, APP] }),
  'another volume of the name': pod('volume-clash', {}, { volumes: [{ name: 'envoy-conf', emptyDir: {} }] }),
  'a hostPath of the name': pod('path-clash', {}, { volumes: [{ name: 'data', hostPath: { path: '/data' } }] }),
  'a volume to mount': pod(
    'data',
    {},
    {
      volumes: [{ name: 'data', emptyDir: { sizeLimit: '1024Mi' } }],
      initContainers: [{ name: 'prepare', image: 'p:1' }],
    },
  ),
  'no container beside which': pod('nobody', {}, { containers: [{ name: 'web', image: 'w:1' }] }),
  'opted out by label': pod('out-label', { labels: { 'outrigger.dev/inject': 'false', app: 'web' } }),
  'opted out by annotation': pod('out-annotation', { annotations: { 'outrigger.dev/inject': 'false' } }),
  'opted in': pod('in', { labels: { 'outrigger.dev/inject': 'true', never: 'true', app: 'web' } }),
  'an odd wish': pod('odd', { labels: { 'outrigger.dev/inject': 'yes', app: 'web' } }),
  'a forged status': pod(
    'forged',
    { annotations: { 'outrigger.dev/status': '{}' } },
    { containers: [{ ...ENVOY, image: 'x:1' }] },
  ),
  'no template named': pod('none-named', { annotations: { 'outrigger.dev/templates': ' , ' } }),
  web: pod('web', { labels: { app: 'web' } }),
  'web, never': pod('web-never', { labels: { app: 'web', never: 'true' } }),
  'web, batch': pod('web-batch', { labels: { app: 'web', tier: 'batch' } }),
  mirror: pod(
    'mirror',
    { annotations: { 'kubernetes.io/config.mirror': 'x', 'kubernetes.io/config.source': 'file' } },
    { nodeName: 'node' },
  ),
  'host network': pod('host', {}, { hostNetwork: true }),
  windows: pod('windows', {}, { os: { name: 'windows' } }),
  'windows by selector': pod('windows-selector', {}, { nodeSelector: { 'kubernetes.io/os': 'windows' } }),
  replica: pod('', { name: undefined, generateName: 'web-', labels: { app: 'web' } }),
  'another replica': pod('', { name: undefined, generateName: 'web-', labels: { app: 'web' } }),
  scheduling: pod(
    'scheduling',
    {},
    {
      tolerations: [
        { key: 'dedicated', operator: 'Equal', value: 'gpu', effect: 'NoSchedule' },
        { operator: 'Exists' },
      ],
      nodeSelector: { disk: 'hdd' },
      terminationGracePeriodSeconds: 5,
      imagePullSecrets: [{ name: 'registry' }, { name: 'own' }],
      hostAliases: [
        { ip: '10.1.2.3', hostnames: ['mine'] },
        { ip: '10.1.2.4', hostnames: ['b'] },
      ],
      securityContext: { runAsUser: 5, seccompProfile: { type: 'Localhost', localhostProfile: 'mine.json' } },
      dnsConfig: { options: [{ name: 'ndots', value: '5' }], searches: ['x.example.com'] },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'zone',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: { app: 'other' } },
        },
      ],
    },
  ),
  large: largePod(200, 20),
};
