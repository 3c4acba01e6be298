import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRecord } from '../../../functions/faults.ts';
import { findEnvoy } from '../../../infra/local/envoy-binary.ts';
import { run } from './scripts.ts';

/** The releases of Envoy that everything has to work on, oldest first; the newest is the default of all else. */
export const ENVOY_VERSIONS = ['1.37.0', '1.38.3', '1.39.3', '1.40.0'] as const;

type Json = Readonly<Record<string, unknown>>;

/** An Envoy on loopback. */
export interface Envoy {
  /** Of the admin interface, e.g. `http://127.0.0.1:41234`. */
  readonly adminUrl: string;
  readonly pid: number;
  /** The body of an admin page, e.g. `/config_dump`. */
  admin(path: string): Promise<string>;
  /** All counters and gauges whose name contains the text, by name. */
  stats(filter: string): Promise<ReadonlyMap<string, number>>;
  /** The port that a bound listener got, by the listener's name. */
  listenerPort(name: string): Promise<number>;
  /** Whether it says LIVE on `/ready`. */
  isReady(): Promise<boolean>;
  /** What it wrote on standard error so far: warnings and errors. */
  log(): string;
  stop(): Promise<void>;
}

/** How an Envoy is started. */
export interface EnvoyOptions {
  /** One of PyPI's; default: the Envoy of this machine. */
  readonly version?: string;
  /** Whether to wait until it is LIVE (default), or only until its admin interface answers. */
  readonly waitReady?: boolean;
  readonly concurrency?: number;
}

const START_MS_MAX = 30_000;

/** Why no Envoy can be had; undefined when one can. */
export async function whyNotEnvoy(version?: string): Promise<string | undefined> {
  return await findEnvoy(version).then(
    () => undefined,
    (error: unknown) => `no Envoy: ${error instanceof Error ? error.message : String(error)}`,
  );
}

/** Starts an Envoy with a bootstrap; its admin interface gets a free port of its own. Throws with its log. */
export async function startEnvoy(bootstrap: Json, options: EnvoyOptions = {}): Promise<Envoy> {
  const binary = await findEnvoy(options.version);
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-envoy-'));
  const [config, address] = [join(folder, 'envoy.json'), join(folder, 'admin')];
  const admin = { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } };
  await writeFile(config, JSON.stringify({ ...bootstrap, admin }));
  const args = ['-c', config, '--admin-address-path', address, '--disable-hot-restart', '-l', 'warning'];
  const child = spawn(binary, [...args, '--concurrency', String(options.concurrency ?? 1)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const adminUrl = `http://${await until(child, async () => await readFile(address, 'utf8'))}`;
    const envoy = handleOf(adminUrl, child.pid ?? 0, () => log, stop);
    const wanted = (options.waitReady ?? true) ? envoy.isReady : async () => (await envoy.admin('/stats')) !== '';
    await until(child, async () => (await wanted()) || undefined);
    return envoy;
  } catch (error) {
    await stop();
    throw new Error(`Envoy did not start: ${log}`, { cause: error });
  }
}

/** What `--mode validate` says of a bootstrap; undefined when it is accepted. */
export async function validateEnvoy(bootstrap: Json, version?: string): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-envoy-'));
  const config = join(folder, 'envoy.json');
  try {
    await writeFile(config, JSON.stringify(bootstrap));
    await run(await findEnvoy(version), ['--mode', 'validate', '-c', config], { timeoutMs: START_MS_MAX });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function handleOf(adminUrl: string, pid: number, log: () => string, stop: () => Promise<void>): Envoy {
  const admin = async (path: string): Promise<string> => await (await fetch(adminUrl + path)).text();
  return {
    adminUrl,
    pid,
    admin,
    log,
    stop,
    stats: async (filter) => {
      const text = await admin('/stats');
      const rows = text.split('\n').filter((line) => line.includes(filter));
      return new Map(rows.map((line) => [line.slice(0, line.lastIndexOf(': ')), Number(line.split(': ').at(-1))]));
    },
    listenerPort: async (name) => {
      const { listener_statuses: all }: { listener_statuses?: readonly Json[] } = JSON.parse(
        await admin('/listeners?format=json'),
      );
      const found = all?.find((listener) => listener['name'] === name)?.['local_address'];
      const socket: unknown = isRecord(found) ? found['socket_address'] : undefined;
      if (!isRecord(socket)) throw new Error(`Envoy has no listener ${name}`);
      return Number(socket['port_value']);
    },
    isReady: async () => (await fetch(`${adminUrl}/ready`).catch(() => undefined))?.status === 200,
  };
}

/** Asks again until there is an answer, the process has ended, or the time is over. */
async function until<T>(child: ChildProcess, ask: () => Promise<T | undefined>): Promise<T> {
  const limit = Date.now() + START_MS_MAX;
  while (Date.now() < limit && child.exitCode === null && child.signalCode === null) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined && answer !== '') return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(child.exitCode === null ? 'it took too long' : `it ended with ${child.exitCode}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
