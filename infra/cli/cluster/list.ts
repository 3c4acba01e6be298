import { Command } from 'commander';
import { own } from '../../../functions/json/check.ts';
import { printable } from '../../../functions/json/faults.ts';
import type { RecordDocument } from '../../../functions/registration/record/record-store.ts';
import { epochOf, readRegistration } from '../../../functions/registration/registration-record.ts';
import { TEMPLATES_DIR_DEFAULT } from '../../local/server/local-store.ts';
import { type DataFormat, dataOutputOption, dataText } from '../data-output.ts';
import { type FleetOptions, withFleetOptions } from '../fleet.ts';
import { table } from '../output.ts';
import { openRecords } from './target.ts';

interface Options extends FleetOptions {
  readonly stateDir?: string;
  readonly output?: DataFormat;
}

/** What is listed of a Kubernetes cluster; only its name where its record cannot be read. */
interface ListedCluster {
  readonly name: string;
  readonly isReadable: boolean;
  /** Where Pods were last told to be sent; absent: it has a record, and was never registered by a command. */
  readonly endpoint?: string;
  readonly failurePolicy?: string;
  readonly epoch?: number;
  readonly channel?: string;
  readonly defaultTemplates?: readonly string[];
}

/** The longest that the records are read, in milliseconds. */
const READ_MS = 30_000;

/** `outrigger cluster list`: the clusters that have a record. Asks none of them. */
export function listCommand(): Command {
  return withFleetOptions(new Command('list'))
    .description('List the Kubernetes clusters of the fleet by their records; no cluster is asked (that does status).')
    .option('--state-dir <dir>', 'state folder of npm start, in place of Parameter Store')
    .addOption(dataOutputOption())
    .action(async ({ output, ...options }: Options) => {
      const { records } = await openRecords({ ...options, templates: TEMPLATES_DIR_DEFAULT });
      const found = [...(await records.listRecords(AbortSignal.timeout(READ_MS)))];
      const clusters = found
        .map(([name, record]) => listed(name, record))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
      if (clusters.length === 0) process.stderr.write('No clusters found.\n');
      process.stdout.write(dataText(output, clusters, () => (clusters.length === 0 ? '' : tableOf(clusters))));
    });
}

function listed(name: string, record: RecordDocument | undefined): ListedCluster {
  if (record === undefined) return { name, isReadable: false };
  const kept = readRegistration(record);
  const [channel, templates] = [own(record, 'channel'), own(record, 'defaultTemplates')];
  return {
    name,
    isReadable: true,
    ...(kept === undefined ? {} : { endpoint: kept.endpoint.url, failurePolicy: kept.failurePolicy }),
    epoch: epochOf(record),
    ...(typeof channel === 'string' ? { channel } : {}),
    ...(Array.isArray(templates) ? { defaultTemplates: templates.map(String) } : {}),
  };
}

function tableOf(clusters: readonly ListedCluster[]): string {
  const rows = clusters.map(({ name, isReadable, endpoint, failurePolicy, epoch, channel, defaultTemplates }) => {
    const unset = isReadable ? '<none>' : '<unreadable>';
    const cells = [endpoint ?? unset, failurePolicy ?? '-', epoch === undefined ? '-' : String(epoch), channel ?? '-'];
    return [name, ...cells, (defaultTemplates ?? []).join(',') || '-'].map(printable);
  });
  return table(['NAME', 'ENDPOINT', 'FAILURE-POLICY', 'EPOCH', 'CHANNEL', 'DEFAULT-TEMPLATES'], rows);
}
