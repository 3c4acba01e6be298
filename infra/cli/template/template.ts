import { Command } from 'commander';
import { promoteCommand, pruneCommand, rollbackCommand } from './channels.ts';
import { diffCommand } from './diff.ts';
import { initCommand } from './init.ts';
import { lintCommand } from './lint.ts';
import { publishCommand } from './publish.ts';
import { getCommand, historyCommand, listCommand } from './read.ts';
import { snapshotCommand } from './snapshot.ts';

/** `outrigger template`: templates from a file on disk to what a channel serves, and back. */
export function templateCommand(): Command {
  return new Command('template')
    .description('Check, publish, compare, promote and roll back the sidecar templates of a fleet.')
    .addCommand(initCommand())
    .addCommand(lintCommand())
    .addCommand(publishCommand())
    .addCommand(getCommand())
    .addCommand(listCommand())
    .addCommand(diffCommand())
    .addCommand(historyCommand())
    .addCommand(promoteCommand())
    .addCommand(rollbackCommand())
    .addCommand(pruneCommand())
    .addCommand(snapshotCommand());
}
