import { Command } from 'commander';
import { canaryCommand } from './canary/canary.ts';
import { clusterCommand } from './cluster/cluster.ts';
import { exportCommand } from './export/export.ts';
import { freezeCommand } from './freeze/freeze.ts';
import { unfreezeCommand } from './freeze/unfreeze.ts';
import { importCommand } from './import/import.ts';
import { localCommand } from './local.ts';
import { explainCommand } from './pod/explain.ts';
import { injectCommand } from './pod/inject.ts';
import { replayCommand } from './pod/replay.ts';
import { templateCommand } from './template/template.ts';
import { webhookCommand } from './webhook.ts';

/** The `outrigger` command with all its verbs and options. */
export function createProgram(version: string): Command {
  return (
    new Command('outrigger')
      .version(version)
      .description('Injects sidecars into Kubernetes Pods from outside the cluster.')
      // `freeze` has options and subcommands with the same ones: each takes those behind its name.
      .enablePositionalOptions()
      .addCommand(injectCommand())
      .addCommand(explainCommand())
      .addCommand(replayCommand())
      .addCommand(localCommand())
      .addCommand(templateCommand())
      .addCommand(canaryCommand())
      .addCommand(freezeCommand())
      .addCommand(unfreezeCommand())
      .addCommand(clusterCommand())
      .addCommand(webhookCommand())
      .addCommand(exportCommand())
      .addCommand(importCommand())
  );
}
