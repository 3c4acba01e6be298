import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '../../../functions/json/json.ts';
import type { LocalEndpoint } from '../../../infra/local/server/endpoint-file.ts';
import { type Output, run } from './scripts.ts';

/** What `npm start` runs, in a process and a state folder of its own. */
export interface RunningEndpoint extends LocalEndpoint {
  readonly stateDir: string;
  readonly port: number;
  /** The lines of its log so far with this message. */
  logged(message: string): readonly Json[];
  /** A request to the release API, by a path behind `apiUrl`. Throws for anything but success. */
  call(
    method: string,
    path: string,
    body?: object,
    etag?: string,
  ): Promise<{ readonly body: Json; readonly etag: string }>;
  /** Sets the weights of the canary `shop/cart`. */
  setWeights(canary: number): Promise<void>;
  /** Writes the record of the local cluster; it is read anew a moment later. */
  writeRecord(record: Json): Promise<void>;
  /** The `outrigger` command, on this endpoint. */
  outrigger(...args: readonly string[]): Promise<Output>;
  stop(): Promise<void>;
}

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** The canary that the tests release. */
export const CART = '/namespaces/shop/canaries/cart';

/** That canary's manifest; `spec` is laid over it. */
export function cartManifest(spec: Json = {}): Json {
  const backends = ['stable', 'canary'].map((name) => ({ name, service: `cart-${name}` }));
  return {
    apiVersion: 'outrigger.dev/v1alpha1',
    kind: 'Canary',
    metadata: { name: 'cart', namespace: 'shop' },
    spec: { service: { name: 'cart', port: 8080 }, backends, ...spec },
  };
}

/** Starts it on a free port of loopback. */
export async function startEndpoint(
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<RunningEndpoint> {
  const stateDir = await mkdtemp(join(tmpdir(), 'outrigger-endpoint-'));
  const start = [join(ROOT, 'infra/local/server/start.ts'), '--port', '0', '--state-dir', stateDir, ...args];
  const child = spawn(process.execPath, start, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = { text: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.text += text;
  });
  await until(child, () => output.text.includes('registration:'));
  const local: LocalEndpoint = JSON.parse(await readFile(join(stateDir, 'local.json'), 'utf8'));
  const call = callOf(local.apiUrl);
  return {
    ...local,
    stateDir,
    port: Number(new URL(local.url).port),
    logged: (message) => output.text.split('\n').flatMap((line) => lineOf(line, message)),
    call,
    setWeights: async (canary) => {
      const { etag } = await call('GET', `${CART}/weights`);
      const weights = { stable: 100 - canary, canary };
      const backends = Object.entries(weights).map(([name, weight]) => ({ name, weight }));
      await call('PUT', `${CART}/weights`, { backends }, etag);
    },
    writeRecord: async (record) => {
      const file = join(stateDir, 'clusters', 'local.yaml');
      await mkdir(join(stateDir, 'clusters'), { recursive: true });
      await writeFile(`${file}.new`, JSON.stringify(record));
      await rename(`${file}.new`, file);
    },
    outrigger: async (...command) =>
      await run(process.execPath, [join(ROOT, 'infra/cli/bin.mjs'), ...command, '--state-dir', stateDir]),
    stop: async () => {
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

function callOf(apiUrl: string): RunningEndpoint['call'] {
  return async (method, path, body, etag) => {
    const response = await fetch(apiUrl + path, {
      method,
      headers: { 'content-type': 'application/json', ...(etag === undefined ? {} : { 'if-match': etag }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return { body: JSON.parse(text), etag: response.headers.get('etag') ?? '' };
  };
}

function lineOf(line: string, message: string): readonly Json[] {
  if (!line.startsWith('{')) return [];
  const fields: Json = JSON.parse(line);
  return fields['message'] === message ? [fields] : [];
}

async function until(child: ChildProcess, isThere: () => boolean): Promise<void> {
  while (!isThere()) {
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
