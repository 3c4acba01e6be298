import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { UsageError } from './errors.ts';
import { injectCommand } from './inject.ts';
import { webhookCommand } from './webhook.ts';

const { version }: { version: string } = JSON.parse(
  await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
);

const program = new Command('outrigger')
  .version(version)
  .description('Injects sidecars into Kubernetes Pods from outside the cluster.')
  .addCommand(injectCommand())
  .addCommand(webhookCommand());

try {
  await program.parseAsync();
} catch (error) {
  // A mistake of the user's is a sentence; anything else keeps its stack, because it is a fault of ours.
  const text =
    error instanceof UsageError ? error.message : error instanceof Error ? (error.stack ?? error.message) : error;
  process.stderr.write(`error: ${text}\n`);
  process.exitCode = 1;
}
