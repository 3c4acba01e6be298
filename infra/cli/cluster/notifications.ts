import type { Command } from 'commander';
import { parseNotifications } from '../../../functions/cluster-record/notifications.ts';
import { Check, own } from '../../../functions/json/check.ts';
import { describeFaults, isRecord } from '../../../functions/json/faults.ts';
import type { Json } from '../../../functions/json/json.ts';
import type { RecordDocument } from '../../../functions/registration/record/record-store.ts';
import { type DataFormat, dataOutputOption, dataText } from '../data-output.ts';
import { UsageError } from '../errors.ts';
import { readSourceFile } from '../source-file.ts';
import { readDocuments, toJson } from '../yaml-document.ts';
import { openRecords, targetOf } from './target.ts';
import { clusterVerb, type WorkOptions, within } from './tools.ts';

interface Options extends WorkOptions {
  readonly filename?: string;
  readonly output?: DataFormat;
}

/** What is set, and the names of its entries. */
interface Wanted {
  readonly notifications: unknown;
  readonly names: readonly string[];
}

/** `outrigger cluster notifications`: whom releases of a Kubernetes cluster notify. */
export function notificationsCommand(): Command {
  return clusterVerb('notifications', '1m')
    .description('Show whom releases of a cluster notify, or set all of it: it takes the place of what stood there.')
    .option('-f, --filename <file>', 'a document with notifications, as it is shown; - for standard input')
    .addOption(dataOutputOption())
    .action(async (options: Options) => {
      const wanted = options.filename === undefined ? undefined : await wantedIn(options.filename);
      const { records } = await openRecords(options);
      const { cluster } = targetOf(options);
      if (wanted === undefined) {
        const record = await within(options, 'try again', (signal) => records.readRecord(cluster, signal));
        const notifications = own(registered(cluster, record), 'notifications') ?? [];
        process.stdout.write(dataText(options.output ?? 'yaml', { notifications }, () => ''));
        return;
      }
      const { notifications, names } = wanted;
      await within(options, 'run it again', (signal) =>
        records.updateRecord(cluster, (record) => ({ ...registered(cluster, record), notifications }), signal),
      );
      process.stdout.write(`cluster/${cluster} notifications set: ${names.join(', ') || 'none'}\n`);
    });
}

/** What a file holds. Throws UsageError for what no record may have: then nothing is written. */
async function wantedIn(filename: string): Promise<Wanted> {
  const { text, file } = await readSourceFile(filename);
  const documents = readDocuments(text, file).filter(({ value }) => value !== null);
  const [only, ...more] = documents.map(({ value }) => value);
  if (!isRecord(only) || own(only, 'notifications') === undefined || more.length > 0) {
    throw new UsageError(`${file} must hold one document with the key notifications`);
  }
  // Through JSON, as it will be kept.
  const document: Json = JSON.parse(toJson(only));
  const check = new Check();
  check.onlyKeys(document, '', ['notifications']);
  const read = parseNotifications(check, document) ?? [];
  if (check.faults.length > 0) throw new UsageError(`${file}: ${describeFaults(check.faults)}`);
  return { notifications: document['notifications'], names: read.map(({ name }) => name) };
}

/** The record; one that holds only this would not be whole. */
function registered(cluster: string, record: RecordDocument | undefined): RecordDocument {
  if (record !== undefined) return record;
  throw new UsageError(`cluster ${cluster} has no record: register it first (outrigger cluster register)`);
}
