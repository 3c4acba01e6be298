// The child of outrigger.ts: runs command lines one after another, each as if in a process of its own.
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { createProgram } from '../../infra/cli/program.ts';
import { runCommandLine } from '../../infra/cli/run.ts';
import type { CommandLine } from './outrigger.ts';

const write = { stdout: process.stdout.write, stderr: process.stderr.write };
let last: Promise<void> = Promise.resolve();

process.on('message', (line: CommandLine) => {
  last = last.then(() => run(line));
});
process.once('disconnect', () => process.exit());

async function run({ id, args, cwd, env, stdin }: CommandLine): Promise<void> {
  const out = { stdout: '', stderr: '' };
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  Object.defineProperty(process, 'stdin', { value: Readable.from([Buffer.from(stdin)]), configurable: true });
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = (text: string | Uint8Array): boolean => {
      out[name] += typeof text === 'string' ? text : Buffer.from(text).toString();
      return true;
    };
  }
  process.exitCode = undefined;
  await runCommandLine(throwing(await createProgram('0.0.0', args)), args);
  const code = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  for (const name of ['stdout', 'stderr'] as const) process[name].write = write[name];
  process.send?.({ id, code, ...out });
}

/** commander ends the process on `--help` and on a wrong option, unless each command is told to throw. */
function throwing(command: Command): Command {
  for (const sub of command.commands) throwing(sub);
  return command.exitOverride();
}
