import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { canaryCommand } from './canary/canary.ts';
import { ServerError } from './canary/server-error.ts';
import { clusterCommand } from './cluster/cluster.ts';
import { describeError } from './errors.ts';
import { explainCommand } from './explain.ts';
import { injectCommand } from './inject.ts';
import { localCommand } from './local.ts';
import { replayCommand } from './replay.ts';
import { templateCommand } from './template/template.ts';
import { webhookCommand } from './webhook.ts';

const { version }: { version: string } = JSON.parse(
  await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
);

const program = new Command('outrigger')
  .version(version)
  .description('Injects sidecars into Kubernetes Pods from outside the cluster.')
  .addCommand(injectCommand())
  .addCommand(explainCommand())
  .addCommand(replayCommand())
  .addCommand(localCommand())
  .addCommand(templateCommand())
  .addCommand(canaryCommand())
  .addCommand(clusterCommand())
  .addCommand(webhookCommand());

try {
  await program.parseAsync();
} catch (error) {
  // What the server refused is said as kubectl says it.
  process.stderr.write(error instanceof ServerError ? `${error.message}\n` : `error: ${describeError(error)}\n`);
  // A command may have a code of its own for errors.
  process.exitCode = process.exitCode || 1;
}
