import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The folder of the scripts that build and run Kubernetes. */
export const CLUSTER_DIR = join(import.meta.dirname, '..', 'cluster');

const execute = promisify(execFile);

/** Output of a command that ended with 0. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** The longest that any one script may take: a cold build on two cores, with room for a slow machine. */
const SCRIPT_MS_MAX = 30 * 60_000;

interface RunOptions {
  /** Laid over this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly cwd?: string;
}

/** Runs a command to its end; throws an Error with its last output when it fails. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Output> {
  const child = execute(command, [...args], {
    env: { ...process.env, ...options.env },
    maxBuffer: 64 * 1024 * 1024,
    timeout: options.timeoutMs ?? SCRIPT_MS_MAX,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  child.child.stdin?.on('error', () => {});
  child.child.stdin?.end(options.input ?? '');
  try {
    return await child;
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).slice(-2_000) : '';
    const out = error instanceof Error && 'stdout' in error ? String(error.stdout).slice(-1_000) : '';
    throw Object.assign(new Error(`${command} ${args.join(' ')} failed: ${said}${out}`, { cause: error }), {
      stdout: out,
      stderr: said,
    });
  }
}

/** Runs a script of the cluster folder, its progress shown on standard error. */
export async function runScript(name: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn('bash', [join(CLUSTER_DIR, name), ...args], {
    env: { ...process.env, NODE_JS: process.execPath, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${code}`);
}
