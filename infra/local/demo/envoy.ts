import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { text as readAll } from 'node:stream/consumers';
import { isRecord } from '../../../functions/json/faults.ts';

/** Where an admin interface listens: a port, or a socket file. */
export type AdminAddress = { readonly host: string; readonly port: number } | { readonly socketPath: string };

/** An Envoy that runs. */
export interface RunningEnvoy {
  readonly pid: number;
  /** The body of an admin page, e.g. `/config_dump`. */
  admin(path: string): Promise<string>;
  /** The port that a bound listener got, by the listener's name. */
  listenerPort(name: string): Promise<number>;
  /** Whether it says LIVE on `/ready`. */
  isReady(): Promise<boolean>;
  /** What it wrote on standard error so far: warnings and errors. */
  log(): string;
  /** Ends it, at once. */
  stop(): Promise<void>;
}

/** How an Envoy is launched. */
export interface EnvoyLaunch {
  readonly binary: string;
  readonly args: readonly string[];
  /** Where its admin interface is; undefined, or a rejection, while that is not known. */
  readonly adminAt: () => Promise<AdminAddress | undefined>;
  /** Whether to wait until it is LIVE (default), or only until its admin interface answers. */
  readonly waitReady?: boolean;
}

const START_MS_MAX = 30_000;
const ASK_MS_MAX = 5_000;

/** Launches an Envoy and waits for it. Throws with its log when it does not come up; nothing is left running then. */
export async function launchEnvoy({ binary, args, adminAt, waitReady = true }: EnvoyLaunch): Promise<RunningEnvoy> {
  const child = spawn(binary, [...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.on('error', ({ message }) => {
    log += message;
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  try {
    const address = await until(child, adminAt);
    const envoy = handleOf(child, address, () => log);
    await until(
      child,
      async () => (waitReady ? await envoy.isReady() : (await envoy.admin('/stats')) !== '') || undefined,
    );
    return envoy;
  } catch (error) {
    await end(child);
    // Its last words may still be on their way.
    await closed;
    throw new Error(`Envoy did not start: ${log}`, { cause: error });
  }
}

function handleOf(child: ChildProcess, address: AdminAddress, log: () => string): RunningEnvoy {
  const admin: RunningEnvoy['admin'] = async (path) => (await ask(address, path)).text;
  return {
    pid: child.pid ?? 0,
    admin,
    log,
    stop: () => end(child),
    listenerPort: async (name) => {
      const page: unknown = JSON.parse(await admin('/listeners?format=json'));
      const statuses = isRecord(page) ? page['listener_statuses'] : undefined;
      const all: readonly unknown[] = Array.isArray(statuses) ? statuses : [];
      const found = all.filter(isRecord).find((listener) => listener['name'] === name)?.['local_address'];
      const socket: unknown = isRecord(found) ? found['socket_address'] : undefined;
      if (!isRecord(socket)) throw new Error(`Envoy has no listener ${name}`);
      return Number(socket['port_value']);
    },
    isReady: async () => (await ask(address, '/ready').catch(() => undefined))?.status === 200,
  };
}

async function ask(address: AdminAddress, path: string): Promise<{ readonly status: number; readonly text: string }> {
  const request = http.get({ ...address, path, agent: false, signal: AbortSignal.timeout(ASK_MS_MAX) });
  const [response]: http.IncomingMessage[] = await once(request, 'response');
  if (response === undefined) throw new Error('the admin interface answered nothing');
  return { status: response.statusCode ?? 0, text: await readAll(response) };
}

/** Asks again until there is an answer, the process has ended, or the time is over. */
async function until<T>(child: ChildProcess, answerOf: () => Promise<T | undefined>): Promise<T> {
  const limit = Date.now() + START_MS_MAX;
  while (Date.now() < limit && isRunning(child)) {
    const answer = await answerOf().catch(() => undefined);
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(isRunning(child) ? 'it took too long' : `it ended with ${child.exitCode ?? child.signalCode}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** One that could not be spawned has no id. */
function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
