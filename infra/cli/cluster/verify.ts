import type { Command } from 'commander';
import { printable } from '../../../functions/json/faults.ts';
import { verifyCluster } from '../../../functions/registration/verify-cluster.ts';
import { type DataFormat, dataOutputOption, dataText } from '../data-output.ts';
import { targetOf } from './target.ts';
import { clusterVerb, openTools, type WorkOptions, warn, within } from './tools.ts';

interface Options extends WorkOptions {
  readonly output?: DataFormat;
}

/** `outrigger cluster verify`: what is in the cluster against what was registered; exit code 1 for any finding. */
export function verifyCommand(): Command {
  return clusterVerb('verify', '1m')
    .description('Compare the registration in a Kubernetes cluster with what was asked for, and try the endpoint.')
    .addOption(dataOutputOption())
    .action(async (options: Options) => {
      const tools = await openTools(options);
      const target = targetOf(options);
      const seen = await within(options, 'try again', (signal) => verifyCluster(target, tools, signal));
      const people = (): string =>
        seen.findings.length === 0
          ? `cluster/${target.cluster} is as it was registered (epoch ${seen.epoch})\n`
          : seen.findings.map(({ object, message }) => `${printable(`${object}: ${message}`)}\n`).join('');
      process.stdout.write(dataText(options.output, seen, people));
      warn(seen.warnings);
      if (seen.findings.length > 0) process.exitCode = 1;
    });
}
