import { Command } from 'commander';
import { applyCommand } from './apply.ts';
import { deleteCommand, setWeightCommand } from './change.ts';
import { getCommand } from './get.ts';
import { inspectCommand } from './inspect.ts';
import { judgeCommand } from './judge/judge.ts';
import { statusCommand } from './status.ts';
import { STEER_COMMANDS, steerCommand } from './steer.ts';
import { waitCommand } from './wait/wait.ts';

/** `outrigger canary`: releases by hand and by a strategy, through the release API. */
export function canaryCommand(): Command {
  const command = new Command('canary')
    .description('Release: move weights between stable and canary on running proxies, by hand or by spec.strategy.')
    .addCommand(applyCommand())
    .addCommand(getCommand())
    .addCommand(statusCommand())
    .addCommand(setWeightCommand());
  for (const verb of STEER_COMMANDS) command.addCommand(steerCommand(verb));
  return command
    .addCommand(waitCommand())
    .addCommand(inspectCommand('preview'))
    .addCommand(inspectCommand('proxies'))
    .addCommand(inspectCommand('history'))
    .addCommand(judgeCommand())
    .addCommand(deleteCommand());
}
