import { Command } from 'commander';
import { applyCommand } from './apply.ts';
import { actionCommand, deleteCommand, setWeightCommand } from './change.ts';
import { getCommand } from './get.ts';
import { inspectCommand } from './inspect.ts';
import { judgeCommand } from './judge/judge.ts';
import { statusCommand } from './status.ts';

/** `outrigger canary`: releases by hand, through the release API. */
export function canaryCommand(): Command {
  return new Command('canary')
    .description('Release by hand: move weights between stable and canary on running proxies.')
    .addCommand(applyCommand())
    .addCommand(getCommand('get'))
    .addCommand(getCommand('list'))
    .addCommand(statusCommand())
    .addCommand(setWeightCommand())
    .addCommand(actionCommand('abort', 'Send every request to stable, whatever the release is doing.', 'aborted'))
    .addCommand(actionCommand('retry', 'Start an aborted release again.', 'retried'))
    .addCommand(inspectCommand('preview'))
    .addCommand(inspectCommand('proxies'))
    .addCommand(inspectCommand('history'))
    .addCommand(judgeCommand())
    .addCommand(deleteCommand());
}
