import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoreV1Api, KubeConfig, type V1Pod } from '@kubernetes/client-node';
import {
  type WebhookOptions,
  webhookConfiguration,
} from '../../../functions/registration/objects/webhook-configuration.ts';
import { TEMPLATES_DIR_DEFAULT } from '../../../infra/local/server/local-store.ts';
import { type RunningGateway, serve } from '../../../infra/local/server/serve.ts';
import { type ApiServer, startApiServer } from './api-server.ts';

/** An API server, and gateways that it can call. */
export interface TestCluster {
  readonly api: ApiServer;
  readonly core: CoreV1Api;
  /** Makes a namespace (opted in or not) with the ServiceAccount that Pods need; answers its name. */
  namespace(optedIn?: boolean): Promise<string>;
  /** Starts a gateway with templates of its own; log lines are kept. */
  gateway(files?: Readonly<Record<string, string>>, record?: string): Promise<TestGateway>;
  /** Applies a MutatingWebhookConfiguration and waits until the API server uses it. */
  register(options: WebhookOptions, change?: (webhook: Webhook) => void, name?: string): Promise<void>;
  /** Registers somebody else's webhook; the API server calls configurations by name, so by default after ours. */
  registerForeign(
    webhook: { readonly url: string; readonly ca: string },
    name?: string,
    reinvocationPolicy?: 'Never' | 'IfNeeded',
  ): Promise<void>;
  /** Deletes all webhook configurations and waits until they are no longer used. */
  unregister(): Promise<void>;
  createPod(namespace: string, pod: object, args?: readonly string[]): Promise<V1Pod>;
  stop(): Promise<void>;
}

export interface TestGateway extends RunningGateway {
  readonly ca: string;
  /** The parsed log lines. */
  readonly log: readonly Record<string, unknown>[];
}

/** The one webhook in the configuration, for tests that vary it. */
export type Webhook = Record<string, unknown> & { clientConfig: { url: string; caBundle?: string } };

/** A configuration is active 15 to 90 ms after its creation on this machine; ten times that is waited. */
const SETTLE_MS = 1_000;

/** Starts an API server (with flags and an environment of its own) and hands out what a test needs of it. */
export async function startTestCluster(
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<TestCluster> {
  const api = await startApiServer(flags, env);
  const config = new KubeConfig();
  config.loadFromFile(api.kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const gateways: TestGateway[] = [];
  const folders: string[] = [];
  let namespaces = 0;

  return {
    api,
    core,
    async namespace(optedIn = true) {
      const name = `test-${++namespaces}`;
      const labels = optedIn ? { 'outrigger.dev/injection': 'enabled' } : {};
      await core.createNamespace({ body: { metadata: { name, labels } } });
      // Without a controller manager nobody else makes it.
      await core.createNamespacedServiceAccount({ namespace: name, body: { metadata: { name: 'default' } } });
      return name;
    },
    async gateway(files, record) {
      const stateDir = await mkdtemp(join(tmpdir(), 'outrigger-state-'));
      folders.push(stateDir);
      const templates =
        files === undefined ? TEMPLATES_DIR_DEFAULT : await writeFiles(join(stateDir, 'templates'), files);
      if (record !== undefined) await writeFiles(join(stateDir, 'clusters'), { 'local.yaml': record });
      const log: Record<string, unknown>[] = [];
      const write = (line: string): void => void log.push(JSON.parse(line));
      const running = await serve({ port: 0, address: '127.0.0.1', https: true, stateDir, templates, write });
      const gateway = { ...running, log, ca: await readFile(running.endpoint.caFile ?? '', 'utf8') };
      gateways.push(gateway);
      return gateway;
    },
    async register(options, change, name = 'outrigger') {
      const configuration = webhookConfiguration(options);
      const [webhook] = configuration['webhooks'] as [Webhook];
      change?.(webhook);
      await api.kubectl(['apply', '-f', '-'], JSON.stringify({ ...configuration, metadata: { name } }));
      await settle();
    },
    async registerForeign({ url, ca }, name = 'zz-foreign', reinvocationPolicy = 'Never') {
      const configuration = webhookConfiguration({ url, ca, failurePolicy: 'Fail', reinvocationPolicy });
      await api.kubectl(['apply', '-f', '-'], JSON.stringify({ ...configuration, metadata: { name } }));
      await settle();
    },
    async unregister() {
      await api.kubectl(['delete', 'mutatingwebhookconfigurations', '--all']);
      await settle();
    },
    async createPod(namespace, pod, args = []) {
      const { stdout } = await api.kubectl(
        ['create', '-n', namespace, '-o', 'json', ...args, '-f', '-'],
        JSON.stringify(pod),
      );
      const created: V1Pod = JSON.parse(stdout);
      return created;
    },
    async stop() {
      await Promise.all(gateways.map((g) => g.close()));
      await api.stop();
      await Promise.all(folders.map((f) => rm(f, { recursive: true, force: true })));
    },
  };
}

async function writeFiles(dir: string, files: Readonly<Record<string, string>>): Promise<string> {
  await mkdir(dir, { recursive: true });
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(dir, name), text)));
  return dir;
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}
