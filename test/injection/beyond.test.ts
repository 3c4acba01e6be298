import { describe, expect, test } from 'vitest';
import { mutatePod } from '../../functions/injection/mutate-pod.ts';
import type { Outcome } from '../../functions/injection/outcome.ts';
import { planInjection } from '../../functions/injection/plan/plan.ts';
import type { RawPod } from '../../functions/kubernetes/pod.ts';
import { applyStrictly, managedFields, podOf } from '../support/pods.ts';
import { stateOf, templateOf } from '../support/templates.ts';
import { at, copyOf, recordOf } from '../support/values.ts';

type Json = Record<string, unknown>;

const AGENT = {
  name: 'agent',
  image: 'agent:1',
  args: ['--run'],
  env: [
    { name: 'MODE', value: 'full' },
    { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
  ],
  ports: [{ containerPort: 80 }],
  resources: { limits: { cpu: '1000m' } },
  livenessProbe: { httpGet: { port: 80 } },
  volumeMounts: [{ name: 'conf', mountPath: '/conf' }],
};
const VOLUMES = [
  ...['conf', 'dd', 'kube-api-access-x2b7q', 'aws-iam-token', 'eks-pod-identity-token', 'azure-identity-token'],
  ...['gcp-iam-token', 'external-credential-config'],
];
const template = (fields: readonly string[] = []) =>
  templateOf('agent', {
    failureMode: 'Closed',
    customization: { fields },
    pod: { spec: { containers: [AGENT], volumes: [{ name: 'conf', emptyDir: {} }] } },
  });
const bringing = (more: Json, metadata: Json = {}, spec: Json = {}): RawPod =>
  podOf(
    {
      containers: [
        { name: 'app', image: 'shop:1' },
        { ...AGENT, ...more },
      ],
      // A mount needs its volume, whoever brings it.
      volumes: VOLUMES.map((name) => ({ name, emptyDir: {} })),
      ...spec,
    },
    metadata,
  );
const mutate = (pod: RawPod, fields?: readonly string[], record: Json = {}): Outcome =>
  mutatePod(copyOf(pod), 'shop', stateOf([template(fields)], record), planInjection, ['agent']);
const env = (...more: Json[]): Json => ({ env: [...AGENT.env, ...more] });
const mounts = (...more: Json[]): Json => ({ volumeMounts: [...AGENT.volumeMounts, ...more] });

const TOKEN = {
  name: 'kube-api-access-x2b7q',
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
  readOnly: true,
};
const IRSA = '/var/run/secrets/eks.amazonaws.com/serviceaccount';
const EKS = '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount';
const CREDENTIALS = 'http://169.254.170.23/v1/credentials';

/** The whole container and more than it: all that the template says is there. */
const ATTACKS: readonly (readonly [what: string, more: Json])[] = [
  ['a library to load first', env({ name: 'LD_PRELOAD', value: '/tmp/evil.so' })],
  ['a second value of a variable, which counts', env({ name: 'MODE', value: 'off' })],
  ['privileges', { securityContext: { privileged: true } }],
  ['a capability', { securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }],
  ['another command', { command: ['sleep', 'inf'] }],
  ['a mount of its own', mounts({ name: 'data', mountPath: '/lib' })],
  ['a mount that spreads', mounts({ ...TOKEN, mountPropagation: 'Bidirectional' })],
  ['the path of a token with another volume', mounts({ ...TOKEN, name: 'data' })],
  ['a part of the volume of a token', mounts({ ...TOKEN, subPath: 'x' })],
  ['a second volume where the template mounts one', mounts({ name: 'data', mountPath: '/conf' })],
  ['a port of its own', { ports: [...AGENT.ports, { containerPort: 81 }] }],
  ['a host port', { ports: [{ containerPort: 80, hostPort: 80 }] }],
  ['a hook', { lifecycle: { preStop: { exec: { command: ['x'] } } } }],
  ['variables out of a secret', { envFrom: [{ secretRef: { name: 's' } }] }],
  ['a probe that never fails', { livenessProbe: { httpGet: { port: 80 }, failureThreshold: 99 } }],
  ['a header of a probe', { livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'a', value: 'b' }] } } }],
  ['another version of a field of its own', { env: [AGENT.env[0], { ...AGENT.env[1], value: 'x' }] }],
  ['a restart policy', { restartPolicy: 'Always' }],
  ['a terminal', { tty: true }],
  ['an unknown field', { future: { x: 1 } }],
  ['a claim', { resources: { ...AGENT.resources, claims: [{ name: 'gpu' }] } }],
  [
    'a role’s name out of a secret',
    env({ name: 'AWS_ROLE_ARN', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }),
  ],
  ['another token file', env({ name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/data/token' })],
  ['credentials from elsewhere', env({ name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://evil.test/' })],
  ['other Google credentials', env({ name: 'GOOGLE_APPLICATION_CREDENTIALS', value: '/data/key.json' })],
  ['a token file, out of the folder again', env({ name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: `${IRSA}/../../x` })],
  ['the folder above', env({ name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', value: `${EKS}/..` })],
  ['a configuration beside', env({ name: 'CLOUDSDK_CONFIG', value: '/var/run/secrets/gcloud/config/../../data' })],
  ['a configuration of a longer name', env({ name: 'CLOUDSDK_CONFIG', value: '/var/run/secrets/gcloud/configX' })],
  ['an unknown authority', env({ name: 'AZURE_AUTHORITY_HOST', value: 'https://login.example.com/' })],
  [
    'a longer authority',
    env({ name: 'AZURE_AUTHORITY_HOST', value: 'https://login.microsoftonline.com.example.com/' }),
  ],
  ['credentials, up an address', env({ name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: `${CREDENTIALS}/%2E./x` })],
  ['credentials, by a backslash', env({ name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: `${CREDENTIALS}\\..` })],
];

describe('a container of the request that has more than the template is the Pod’s own', () => {
  test.each(ATTACKS)('%s', (_what, more) => {
    expect(mutate(bringing(more))).toMatchObject({ reason: 'ContainerNameConflict', operations: [] });
  });

  test.each(ATTACKS)('%s, beside a customized field', (_what, more) => {
    expect(mutate(bringing({ args: ['--mine'], ...more }), ['args'])).toMatchObject({
      reason: 'ContainerNameConflict',
    });
  });

  test.each(ATTACKS)('%s, where managedFields name it', (_what, more) => {
    const fields = managedFields({ containers: ['agent', 'app'] });
    const named = Object.entries(more).map(([key, value]): [string, unknown] => [`f:${key}`, fieldsOf(value)]);
    const key = at(fields, 0, 'fieldsV1', 'f:spec', 'f:containers', 'k:{"name":"agent"}');
    Object.assign(key ?? {}, Object.fromEntries(named));
    expect(mutate(bringing(more, { managedFields: fields }))).toMatchObject({ reason: 'ContainerNameConflict' });
  });

  test('twins, of which managedFields name the element alone', () => {
    const fields = managedFields({ containers: ['app'] });
    Object.assign(recordOf(at(fields, 0, 'fieldsV1', 'f:spec', 'f:containers')), { 'k:{"name":"agent"}': {} });
    const pod = bringing({ command: ['sleep'] }, { managedFields: fields });
    expect(mutate(pod)).toMatchObject({ reason: 'ContainerNameConflict' });
  });

  test('customization is a leave', () => {
    expect(mutate(bringing(env({ name: 'MORE', value: '1' })), ['env'])).toMatchObject({ verdict: 'inject' });
  });
});

/** FieldsV1 of a value: keyed lists by their keys. */
function fieldsOf(value: unknown): Json {
  if (!Array.isArray(value)) return {};
  const keys = value.flatMap((element): [string, Json][] => {
    if (typeof element !== 'object') return [];
    const { name, mountPath, containerPort, protocol = 'TCP' } = recordOf(element);
    if (containerPort !== undefined) return [[`k:${JSON.stringify({ containerPort, protocol })}`, {}]];
    if (mountPath !== undefined) return [[`k:${JSON.stringify({ mountPath })}`, {}]];
    return name === undefined ? [] : [[`k:${JSON.stringify({ name })}`, {}]];
  });
  return Object.fromEntries(keys);
}

const ADDITIONS: readonly (readonly [what: string, more: Json])[] = [
  [
    'the API server’s defaults',
    {
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      imagePullPolicy: 'IfNotPresent',
      securityContext: {},
      ports: [{ containerPort: 80, protocol: 'TCP' }],
      env: [AGENT.env[0], { name: 'NODE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } }],
      resources: { limits: { cpu: '1' }, requests: { cpu: '1' } },
      livenessProbe: {
        ...{ httpGet: { path: '/', port: 80, scheme: 'HTTP' }, timeoutSeconds: 1 },
        ...{ periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
      },
    },
  ],
  ['resources where the template has none (LimitRanger)', { resources: { limits: { cpu: '1', memory: '1Gi' } } }],
  ['the token of ServiceAccount admission', mounts(TOKEN)],
  [
    'IRSA',
    {
      ...env(
        { name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' },
        { name: 'AWS_DEFAULT_REGION', value: 'eu-central-1' },
        { name: 'AWS_REGION', value: 'eu-central-1' },
        { name: 'AWS_ROLE_ARN', value: 'arn:aws:iam::111122223333:role/shop' },
        { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: `${IRSA}/token` },
      ),
      ...mounts(TOKEN, { name: 'aws-iam-token', mountPath: IRSA, readOnly: true }),
    },
  ],
  [
    'EKS Pod Identity',
    {
      ...env(
        { name: 'AWS_CONTAINER_CREDENTIALS_FULL_URI', value: 'http://169.254.170.23/v1/credentials' },
        // Two dots in a name are no way out.
        { name: 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', value: `${EKS}/..eks-pod..identity-token..` },
      ),
      ...mounts({ name: 'eks-pod-identity-token', mountPath: EKS, readOnly: true }),
    },
  ],
  [
    'Azure workload identity',
    {
      ...env(
        { name: 'AZURE_CLIENT_ID', value: 'c' },
        { name: 'AZURE_TENANT_ID', value: 't' },
        { name: 'AZURE_FEDERATED_TOKEN_FILE', value: '/var/run/secrets/azure/tokens/azure-identity-token' },
        { name: 'AZURE_AUTHORITY_HOST', value: 'https://login.microsoftonline.com/' },
      ),
      ...mounts({ name: 'azure-identity-token', mountPath: '/var/run/secrets/azure/tokens', readOnly: true }),
    },
  ],
  ...['https://login.microsoftonline.us/', 'https://login.chinacloudapi.cn'].map((value): [string, Json] => [
    `the Azure authority ${value}`,
    env({ name: 'AZURE_AUTHORITY_HOST', value }),
  ]),
  ...['', '/', '/team'].map((rest): [string, Json] => [
    `the gcloud configuration with "${rest}" at its end`,
    env({ name: 'CLOUDSDK_CONFIG', value: `/var/run/secrets/gcloud/config${rest}` }),
  ]),
  [
    'workload identity federation of Google Cloud',
    {
      ...env(
        { name: 'GOOGLE_APPLICATION_CREDENTIALS', value: '/var/run/secrets/gcloud/config/federation.json' },
        { name: 'CLOUDSDK_COMPUTE_REGION', value: 'asia-northeast1' },
      ),
      ...mounts(
        {
          ...{ name: 'gcp-iam-token', readOnly: true },
          mountPath: '/var/run/secrets/sts.googleapis.com/serviceaccount',
        },
        { name: 'external-credential-config', mountPath: '/var/run/secrets/gcloud/config', readOnly: true },
      ),
    },
  ],
];

describe('what admission adds makes no stranger of our container', () => {
  test.each(ADDITIONS)('%s: injected, defaulted, and all of it sent again', (_what, more) => {
    const first = mutate(podOf());
    const pod = applyStrictly(podOf(), first.operations);
    Object.assign(recordOf(at(pod, 'spec', 'containers', 1)), more);
    expect(mutate(pod)).toMatchObject({ reason: 'AlreadyInjected', operations: [] });
  });

  test.each(
    ADDITIONS,
  )('%s: a webhook adds it to the Pod’s own container before and after us (IfNeeded)', (_w, more) => {
    const brought = managedFields({ containers: ['agent', 'app'] });
    const own = { ...AGENT, env: [{ name: 'MODE', value: 'mine' }] };
    const key = at(brought, 0, 'fieldsV1', 'f:spec', 'f:containers', 'k:{"name":"agent"}');
    const said = Object.entries(own).map(([name, value]): [string, unknown] => [`f:${name}`, fieldsOf(value)]);
    Object.assign(key ?? {}, Object.fromEntries(said));
    const pod = bringing(own, { managedFields: brought });
    const before = copyOf(pod);
    Object.assign(recordOf(at(before, 'spec', 'containers', 1)), more, { env: [...own.env, ...extraOf(more)] });
    const after = applyStrictly(pod, mutate(pod, ['env']).operations);
    Object.assign(recordOf(at(after, 'spec', 'containers', 1)), more, {
      env: [...own.env, AGENT.env[1], ...extraOf(more)],
    });
    expect(mutate(before, ['env'])).toMatchObject({ verdict: 'inject' });
    expect(mutate(after, ['env'])).toMatchObject({ reason: 'AlreadyInjected', operations: [] });
    const again = applyStrictly(before, mutate(before, ['env']).operations);
    expect(mutate(again, ['env'])).toMatchObject({ reason: 'AlreadyInjected', operations: [] });
  });

  test('whatever a webhook adds beside what the request brought is not the request’s', () => {
    const brought = managedFields({ containers: ['agent', 'app'] });
    const key = at(brought, 0, 'fieldsV1', 'f:spec', 'f:containers', 'k:{"name":"agent"}');
    Object.assign(key ?? {}, { 'f:env': fieldsOf(AGENT.env), 'f:image': {} });
    const pod = bringing(
      { ...env({ name: 'HTTP_PROXY', value: 'http://proxy.test' }), securityContext: { readOnlyRootFilesystem: true } },
      { managedFields: brought },
    );
    expect(mutate(pod)).toMatchObject({ verdict: 'inject' });
  });

  test('host ports of a Pod on the host network are the API server’s', () => {
    const hosted = templateOf('agent', { ...{ allow: { hostNetwork: true } }, pod: { spec: { containers: [AGENT] } } });
    const outcomeOf = (port: Json): Outcome => {
      const pod = bringing({ ports: [port] }, {}, { hostNetwork: true });
      return mutatePod(pod, 'shop', stateOf([hosted]), planInjection, ['agent']);
    };
    expect(outcomeOf({ containerPort: 80, hostPort: 80 })).toMatchObject({ verdict: 'inject' });
    expect(outcomeOf({ containerPort: 80, hostPort: 81 })).toMatchObject({ reason: 'ContainerNameConflict' });
  });

  test('a cluster record names more', () => {
    const pod = bringing({
      ...env({ name: 'DD_AGENT_HOST', value: 'x' }),
      ...mounts({ name: 'dd', mountPath: '/dd' }),
    });
    const record = { admissionAdds: { env: ['DD_AGENT_HOST'], volumeMounts: ['/dd'] } };
    expect(mutate(pod)).toMatchObject({ reason: 'ContainerNameConflict' });
    expect(mutate(pod, [], record)).toMatchObject({ verdict: 'inject' });
    expect(mutate(pod, [], { admissionAdds: { env: ['DD_AGENT_HOST'] } })).toMatchObject({
      reason: 'ContainerNameConflict',
    });
  });
});

function extraOf(more: Json): readonly unknown[] {
  const listed = more['env'];
  const names = AGENT.env.map(({ name }) => name);
  return Array.isArray(listed) ? listed.filter((one) => !names.includes(String(at(one, 'name')))) : [];
}
