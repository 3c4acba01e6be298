import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Command } from 'commander';
import { describeFaults } from '../../../functions/json/faults.ts';
import { parseTemplate } from '../../../functions/template/parse/parse-template.ts';
import { type SnapshotContent, writeSnapshot } from '../../../functions/template-store/cache/bundled-templates.ts';
import { UsageError } from '../errors.ts';
import { type Fleet, type FleetOptions, openFleet, withFleetOptions } from '../fleet.ts';
import { IS_PACKAGED } from '../version.ts';

/** Where the bundle of the functions looks for a snapshot; outside a clone there is none to look. */
const FILE_DEFAULT = IS_PACKAGED ? 'snapshot.json' : join(import.meta.dirname, '..', '..', 'snapshot.json');

/** `outrigger template snapshot`: what the functions serve when they start while Parameter Store is down. */
export function snapshotCommand(): Command {
  return withFleetOptions(new Command('snapshot'))
    .description('Write what every channel serves, and the cluster records, into a file that the next bundle takes in.')
    .option('--file <file>', 'where to write', FILE_DEFAULT)
    .action(async ({ file, ...options }: FleetOptions & { readonly file: string }) => {
      const content = await readContent(await openFleet(options));
      await writeFile(file, writeSnapshot(content));
      const templates = Object.entries(content.channels).map(([channel, list]) => `${channel}: ${list.length}`);
      const where = relative(process.cwd(), file);
      process.stdout.write(
        `${where} written: templates ${templates.join(', ') || 'none'}; cluster records: ${Object.keys(content.records).length}\n`,
      );
    });
}

async function readContent({ publisher }: Fleet): Promise<SnapshotContent> {
  const channels: Record<string, { name: string; version: string; document: unknown }[]> = {};
  for (const { name, channels: served } of await publisher.list()) {
    for (const channel of served.keys()) {
      const found = await publisher.get(name, channel);
      if ('unreadable' in found) throw new UsageError(`version ${found.version} of ${name}: ${found.unreadable}`);
      const version = String(found.version);
      const parsed = parseTemplate(found.document, version);
      if (!parsed.valid) throw new UsageError(`version ${version} of ${name}: ${describeFaults(parsed.faults)}`);
      channels[channel] = [...(channels[channel] ?? []), { name, version, document: found.document }];
    }
  }
  return { channels, records: Object.fromEntries(await publisher.records()) };
}
