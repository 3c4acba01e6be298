import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

/** How a command line ended. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a command line runs. */
export interface Surroundings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
}

/** What the child is told. */
export interface CommandLine extends Required<Omit<Surroundings, 'env'>> {
  readonly id: number;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const RUNNER = join(import.meta.dirname, 'outrigger-runner.ts');
const waiting = new Map<number, (run: Run) => void>();
let child: ChildProcess | undefined;
let count = 0;

/**
 * Runs `outrigger` with these words. All command lines of a test file run in one child, one after another: a process for
 * each would take half a second to start. What only a process can show (signals, the Node it finds) is tested with one of
 * its own in `cli/bin.test.ts` and with `-w`.
 */
export async function outrigger(args: readonly string[], surroundings: Surroundings = {}): Promise<Run> {
  const { cwd = process.cwd(), env = process.env, stdin = '' } = surroundings;
  child ??= start();
  const id = ++count;
  const run = new Promise<Run>((resolve) => waiting.set(id, resolve));
  const set = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const line: CommandLine = { id, args, cwd, env: Object.fromEntries(set), stdin };
  child.send(line);
  return await run;
}

function start(): ChildProcess {
  const started = fork(RUNNER, { stdio: 'inherit' });
  started.on('message', ({ id, ...run }: Run & { id: number }) => {
    waiting.get(id)?.(run);
    waiting.delete(id);
  });
  started.on('exit', (code) => {
    for (const resolve of waiting.values()) resolve({ code: code ?? 1, stdout: '', stderr: 'the runner ended\n' });
    waiting.clear();
    child = undefined;
  });
  // The test file's process ends without waiting for it; the child ends when its channel does.
  started.unref();
  started.channel?.unref();
  return started;
}
