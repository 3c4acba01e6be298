import { Command } from 'commander';
import type { TemplateVersion } from '../../../functions/template-store/publisher.ts';
import { UsageError } from '../errors.ts';
import { type FleetOptions, openFleet, withFleetOptions } from '../fleet.ts';
import { type Format, outputOption, printValue, table } from '../output.ts';

interface Options extends FleetOptions {
  readonly output?: Format;
}

interface GetOptions extends Options {
  readonly to?: string;
  readonly channel?: string;
}

/** `outrigger template get`: the document of one version. */
export function getCommand(): Command {
  return withFleetOptions(new Command('get'))
    .description('Print a template: the newest version, or the one asked for.')
    .argument('<name>')
    .option('--to <version>', 'a version number')
    .option('--channel <channel>', 'the version that a channel serves')
    .addOption(outputOption().default('yaml'))
    .action(async (name: string, { to, channel, output, ...fleet }: GetOptions) => {
      if (to !== undefined && channel !== undefined) throw new UsageError('use either --to or --channel');
      const { publisher } = await openFleet(fleet);
      const found = await publisher.get(name, to ?? channel);
      if ('unreadable' in found) {
        throw new UsageError(`version ${found.version} of ${name} cannot be read: ${found.unreadable}`);
      }
      printValue(output, found.document, [name], () => '');
    });
}

/** `outrigger template list`: every template, and what each channel serves. */
export function listCommand(): Command {
  return withFleetOptions(new Command('list'))
    .description('List templates with their newest version and what each channel serves.')
    .addOption(outputOption())
    .action(async ({ output, ...fleet }: Options) => {
      const { publisher } = await openFleet(fleet);
      const found = await publisher.list();
      const value = found.map((t) => ({ ...t, channels: Object.fromEntries(t.channels) }));
      const rows = found.map(({ name, latest, channels }) => [
        name,
        String(latest.version),
        [...channels].map(([channel, version]) => `${channel}=${version}`).join(',') || '<none>',
        dateOf(latest),
      ]);
      const names = found.map((t) => t.name);
      printValue(output, value, names, () =>
        rows.length === 0
          ? `No templates in fleet ${fleet.fleet}.\n`
          : table(['NAME', 'NEWEST', 'CHANNELS', 'MODIFIED'], rows),
      );
    });
}

/** `outrigger template history`: the versions of one template. */
export function historyCommand(): Command {
  return withFleetOptions(new Command('history'))
    .description('List the kept versions of a template, newest first.')
    .argument('<name>')
    .addOption(outputOption())
    .action(async (name: string, { output, ...fleet }: Options) => {
      const { publisher } = await openFleet(fleet);
      const versions = await publisher.history(name);
      const rows = versions.map((v) => [
        String(v.version),
        v.channels.join(',') || '<none>',
        v.previousOf.join(',') || '<none>',
        dateOf(v),
        v.user ?? '<unknown>',
      ]);
      printValue(output, versions, [name], () => table(['VERSION', 'CHANNELS', 'BEFORE', 'MODIFIED', 'BY'], rows));
    });
}

function dateOf({ modified }: TemplateVersion): string {
  return modified?.toISOString().replace(/\.\d+Z$/, 'Z') ?? '<unknown>';
}
