import { Command, InvalidArgumentError } from 'commander';
import { CHANNEL_DEFAULT } from '../../../functions/cluster-record/cluster-record.ts';
import type { Moved } from '../../../functions/template-store/publisher.ts';
import { type FleetOptions, openFleet, withFleetOptions } from '../fleet.ts';

interface Options extends FleetOptions {
  readonly channel: string;
  readonly to?: number;
}

interface PruneOptions extends FleetOptions {
  readonly dryRun: boolean;
}

/** `outrigger template promote`: makes a channel serve a version. */
export function promoteCommand(): Command {
  const what = 'Make a channel serve a version of a template: the newest, unless --to names another.';
  return moveCommand('promote', what, 'the version to serve', 'promoted');
}

/** `outrigger template rollback`: makes a channel serve what it served before. */
export function rollbackCommand(): Command {
  const what = 'Make a channel serve what it served before its last move. Twice leads back.';
  return moveCommand('rollback', what, 'the version to serve instead', 'rolled back');
}

function moveCommand(verb: 'promote' | 'rollback', description: string, version: string, done: string): Command {
  return withFleetOptions(new Command(verb))
    .description(description)
    .argument('<name>')
    .option('--channel <channel>', 'the channel to move', CHANNEL_DEFAULT)
    .option('--to <version>', version, parseVersion)
    .action(async (name: string, { channel, to, ...fleet }: Options) => {
      const { publisher } = await openFleet(fleet);
      say(name, channel, done, await publisher[verb](name, channel, to));
    });
}

/** `outrigger template prune`: removes parts that nothing names any more. */
export function pruneCommand(): Command {
  return withFleetOptions(new Command('prune'))
    .description('Remove the parts of large templates that no kept version names any more.')
    .option('--dry-run', 'only say what would be removed', false)
    .action(async ({ dryRun, ...fleet }: PruneOptions) => {
      const { publisher } = await openFleet(fleet);
      const parts = await publisher.prune(dryRun);
      for (const part of parts) process.stdout.write(`part/${part} pruned${dryRun ? ' (dry run)' : ''}\n`);
      if (parts.length === 0) process.stdout.write('No dead parts.\n');
    });
}

function say(name: string, channel: string, what: string, { from, to }: Moved): void {
  const text =
    from === to
      ? `unchanged: channel ${channel} serves version ${to} already`
      : `${what}: channel ${channel} serves version ${to}${from === undefined ? '' : ` (before: ${from})`}`;
  process.stdout.write(`template/${name} ${text}\n`);
}

function parseVersion(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('must be a version number, from 1.');
  return Number(text);
}
