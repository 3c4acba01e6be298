import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '../../../functions/json/json.ts';
import { launchEnvoy, type RunningEnvoy } from '../../../infra/local/demo/envoy.ts';
import { findEnvoy } from '../../../infra/local/demo/envoy-binary.ts';
import { run } from './scripts.ts';

/** The releases of Envoy that everything has to work on, oldest first; the newest is the default of all else. */
export const ENVOY_VERSIONS = ['1.37.0', '1.38.3', '1.39.3', '1.40.0'] as const;

/** An Envoy on loopback. */
export interface Envoy extends RunningEnvoy {
  /** All counters and gauges whose name contains the text, by name. */
  stats(filter: string): Promise<ReadonlyMap<string, number>>;
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
/** Where the shipped template has it. */
const ADMIN_SOCKET = '/run/outrigger/admin.sock';

/** Why no Envoy can be had; undefined when one can. */
export async function whyNotEnvoy(version?: string): Promise<string | undefined> {
  return await findEnvoy(version).then(
    () => undefined,
    (error: unknown) => `no Envoy: ${error instanceof Error ? error.message : String(error)}`,
  );
}

/** Starts an Envoy with a bootstrap; its admin interface gets a socket of its own in the place of the template's. Throws with its log. */
export async function startEnvoy(bootstrap: Json, options: EnvoyOptions = {}): Promise<Envoy> {
  const binary = await findEnvoy(options.version);
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-envoy-'));
  const [config, socketPath] = [join(folder, 'envoy.json'), join(folder, 'admin.sock')];
  const admin = { address: { pipe: { path: socketPath } } };
  await writeFile(config, JSON.stringify({ ...bootstrap, admin }).replaceAll(ADMIN_SOCKET, socketPath));
  const args = ['-c', config, '--disable-hot-restart', '-l', 'warning'];
  const { waitReady = true, concurrency = 1 } = options;
  const remove = async (): Promise<void> => await rm(folder, { recursive: true, force: true });
  const launched = launchEnvoy({
    binary,
    args: [...args, '--concurrency', String(concurrency)],
    adminAt: async () => ({ socketPath }),
    waitReady,
  });
  const envoy = await launched.catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return {
    ...envoy,
    stop: async () => {
      await envoy.stop();
      await remove();
    },
    stats: async (filter) => {
      const text = await envoy.admin('/stats');
      const rows = text.split('\n').filter((line) => line.includes(filter));
      return new Map(rows.map((line) => [line.slice(0, line.lastIndexOf(': ')), Number(line.split(': ').at(-1))]));
    },
  };
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
