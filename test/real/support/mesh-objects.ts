import type { V1Container, V1Pod, V1PodSpec } from '@kubernetes/client-node';

/** The namespace of the mesh tests. */
export const NAMESPACE = 'shop';

/** A workload or anything else that kubectl applies. */
export type Manifest = Readonly<Record<string, unknown>>;

const SCRIPTS = { name: 'scripts', mountPath: '/scripts' };
const IDLE = 'process.on("SIGTERM", () => process.exit()); setInterval(() => {}, 1e6)';

/** A busy machine answers probes late; a server that left the Service for that would be a failure of its callers. */
const PATIENCE = { timeoutSeconds: 30, failureThreshold: 30 };

/** How a test's Pod differs from a Node that waits. */
export interface AppOptions {
  readonly container?: Partial<V1Container>;
  readonly spec?: Partial<V1PodSpec>;
  /** Asks for the `envoy` template. */
  readonly isMeshed?: boolean;
  /** Its parameters, by name. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A Pod with one container `app`: Node, waiting, with the tests' scripts at hand. */
export function appPod(name: string, options: AppOptions = {}): V1Pod {
  const { container = {}, spec = {}, labels = {} } = options;
  const app: V1Container = {
    name: 'app',
    image: 'node',
    command: ['node', '-e', IDLE],
    volumeMounts: [SCRIPTS],
    ...container,
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name, ...labels }, annotations: annotationsOf(options) },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [app],
      volumes: [{ name: 'scripts', configMap: { name: 'scripts' } }],
      ...spec,
    },
  };
}

/** The tests' server as a container, known by its version. */
export function serverContainer(version: string, env: Readonly<Record<string, string>> = {}): Partial<V1Container> {
  const variables = Object.entries({ VERSION: version, ...env }).map(([name, value]) => ({ name, value }));
  return {
    command: ['node', '/scripts/server.ts'],
    env: variables,
    readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1, ...PATIENCE },
  };
}

/** A Deployment of such Pods. */
export function deployment(name: string, replicas: number, options: AppOptions): Manifest {
  const { metadata, spec } = appPod(name, options);
  const labels = metadata?.labels ?? {};
  const template = { metadata: { labels, annotations: metadata?.annotations }, spec };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
}

/** A Deployment of servers of one track of the service `cart`. */
export function track(name: 'stable' | 'canary', replicas: number): Manifest {
  const options = { labels: { app: 'cart', track: name }, container: serverContainer(name) };
  return deployment(`cart-${name}`, replicas, { ...options, spec: { terminationGracePeriodSeconds: 5 } });
}

/** A Job whose one container does this, with the mesh beside it. */
export function job(name: string, command: readonly string[]): Manifest {
  const container = { image: 'busybox', command: [...command] };
  const { metadata, spec } = appPod(name, { isMeshed: true, container, spec: { restartPolicy: 'Never' } });
  const template = { metadata: { annotations: metadata?.annotations }, spec };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { backoffLimit: 0, template } };
}

function annotationsOf({ isMeshed = false, parameters = {} }: AppOptions): Record<string, string> {
  const said = Object.entries(parameters).map(([name, value]) => [`parameters.outrigger.dev/${name}`, value]);
  return isMeshed ? { 'outrigger.dev/templates': 'envoy', ...Object.fromEntries(said) } : {};
}
