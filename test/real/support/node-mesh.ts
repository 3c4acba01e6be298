import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { type AppOptions, appPod, type Manifest, NAMESPACE, serverContainer, track } from './mesh-objects.ts';
import { type ClusterNode, startNode } from './node.ts';
import { startGateway } from './node-gateway.ts';
import { type PodEnvoys, podEnvoys } from './pod-envoy.ts';
import type { Output } from './scripts.ts';

/** A node, our webhook and control plane on it, and a namespace with the services that tests talk to. */
export interface Mesh extends PodEnvoys {
  readonly node: ClusterNode;
  readonly control: ControlPlane;
  /** kubectl in the tests' namespace. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Creates objects; answers kubectl's output, in which warnings stand. */
  apply(...objects: readonly (Manifest | V1Pod)[]): Promise<Output>;
  /** Creates a Pod and waits until it is ready; answers after how many milliseconds it was. */
  startPod(name: string, options?: AppOptions): Promise<number>;
  /** What a Pod in the mesh would become (a dry run in the API server). */
  tryPod(name: string): Promise<V1Pod>;
  removePods(...names: readonly string[]): Promise<void>;
  getPod(name: string): Promise<V1Pod>;
  /** Lets the application in a Pod do something (see test/real/mesh/client.ts). */
  client<T = LoadResult>(pod: string, command: string, options?: Readonly<Record<string, unknown>>): Promise<T>;
  /**
   * Sets the canary's weight and waits until the Pod's Envoy runs exactly the routes that follow from it. How often it
   * has taken routes over would not do: a Pod that was just born takes the catch-all first, then those of before.
   */
  shift(pod: string, weight: number): Promise<void>;
  /**
   * Takes the control plane away from all Pods, and only from them: connections are refused, or lost. Without a verdict
   * it is back.
   */
  cutControl(verdict?: 'REJECT' | 'DROP'): Promise<void>;
  stop(): Promise<void>;
}

/** What a client that makes requests saw. */
export interface LoadResult {
  readonly n: number;
  readonly failed: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly versions: Readonly<Record<string, number>>;
}

const ROOT = join(import.meta.dirname, '..', '..', '..');
const SERVICES = join(ROOT, 'test', 'fixtures', 'mesh', 'services.yaml');
const SCRIPTS = ['server', 'client', 'options', 'requests', 'streams'].map(
  (name) => `--from-file=${join(ROOT, 'test', 'real', 'mesh', `${name}.ts`)}`,
);
const SHIFT_MS_MAX = 60_000;
const OPTED_IN = { 'outrigger.dev/injection': 'enabled' };

/** Brings all of it up, the canary of `cart` registered at 100/0. */
export async function startMesh(): Promise<Mesh> {
  const node = await startNode();
  const kubectl = async (args: readonly string[], input?: string): Promise<string> =>
    (await node.run('kubectl', ['-n', NAMESPACE, ...args], input)).stdout;
  const started: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const child of started) child.kill();
    await node.stop();
  };
  try {
    const { gateway, url, stateDir, token } = await startGateway(node);
    started.push(gateway);
    const control = await startControlPlane(node, { url, stateDir, token });
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels: OPTED_IN } };
    await node.run('kubectl', ['apply', '-f', '-'], JSON.stringify(namespace));
    await kubectl(['create', 'configmap', 'scripts', ...SCRIPTS]);
    await kubectl(['apply', '-f', SERVICES]);
    const mesh = meshOf(node, control, Number(new URL(url).port), kubectl, stop);
    await mesh.apply(
      track('stable', 2),
      track('canary', 2),
      appPod('others', { container: serverContainer('others') }),
    );
    await kubectl(['rollout', 'status', 'deployment/cart-stable', 'deployment/cart-canary', '--timeout=150s']);
    await kubectl(['wait', '--for=condition=Ready', 'pod/others', '--timeout=150s']);
    return mesh;
  } catch (error) {
    await stop();
    throw error;
  }
}

function meshOf(
  node: ClusterNode,
  control: ControlPlane,
  port: number,
  kubectl: Mesh['kubectl'],
  stop: Mesh['stop'],
): Mesh {
  const exec = async (pod: string, command: readonly string[]): Promise<string> =>
    await kubectl(['exec', pod, '-c', 'app', '--', ...command]);
  const getPod = async (name: string): Promise<V1Pod> => JSON.parse(await kubectl(['get', 'pod', name, '-o', 'json']));
  const envoys = podEnvoys(node, async (pod) => (await getPod(pod)).status?.podIP);
  const apply: Mesh['apply'] = async (...items) =>
    await node.run(
      'kubectl',
      ['-n', NAMESPACE, 'create', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    );
  return {
    node,
    control,
    kubectl,
    apply,
    getPod,
    stop,
    ...envoys,
    startPod: async (name, options = { isMeshed: true }) => {
      const begin = Date.now();
      await apply(appPod(name, options));
      await kubectl(['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=150s']);
      return Date.now() - begin;
    },
    tryPod: async (name) => {
      const pod = JSON.stringify(appPod(name, { isMeshed: true }));
      return JSON.parse(await kubectl(['create', '--dry-run=server', '-o', 'json', '-f', '-'], pod));
    },
    removePods: async (...names) => {
      await kubectl(['delete', 'pod', ...names, '--ignore-not-found', '--wait']);
    },
    client: async (pod, command, options = {}) => {
      const said = await exec(pod, ['node', '/scripts/client.ts', command, JSON.stringify(options)]);
      return JSON.parse(said.trim().split('\n').at(-1) ?? '');
    },
    cutControl: async (verdict) => {
      // A chain of its own, so that taking it back is one command whatever stands in it.
      await node.run('sh', ['-c', 'iptables -w -N CUT && iptables -w -I INPUT -i cni0 -j CUT; iptables -w -F CUT']);
      if (verdict === undefined) return;
      const how = verdict === 'REJECT' ? ['REJECT', '--reject-with', 'tcp-reset'] : ['DROP'];
      await node.run('iptables', ['-w', '-A', 'CUT', '-p', 'tcp', '--dport', String(port), '-j', ...how]);
    },
    shift: async (pod, weight) => {
      await control.setWeights(weight);
      const wanted = await control.routesVersion();
      const limit = Date.now() + SHIFT_MS_MAX;
      for (;;) {
        const now = await envoys.routesVersions(pod);
        if (now.join() === wanted) return;
        if (Date.now() > limit) throw new Error(`the Envoy of ${pod} runs the routes ${now}, not ${wanted}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    },
  };
}
