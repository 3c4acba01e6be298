import type { Command } from 'commander';
import { parseEgress, type RecordEgress } from '../../../functions/cluster-record/egress.ts';
import { Check, own } from '../../../functions/json/check.ts';
import { type Fault, isRecord, printable } from '../../../functions/json/faults.ts';
import type { RecordDocument } from '../../../functions/registration/record/record-store.ts';
import { type DataFormat, dataOutputOption, dataText } from '../data-output.ts';
import { UsageError } from '../errors.ts';
import { openRecords, targetOf } from './target.ts';
import { clusterVerb, type WorkOptions, within } from './tools.ts';

type Lists = { readonly [List in keyof RecordEgress]?: readonly string[] };

interface Options extends WorkOptions, Lists {
  readonly output?: DataFormat;
}

/** The lists of `egress`, each an option that takes its place. */
const LISTS: Readonly<Record<keyof RecordEgress, string>> = {
  hosts: 'hosts that are asked by https: prometheus.example.com, host:8443, *.example.com',
  http: 'hosts that are asked by plain http, each with its port: prometheus.internal:9090',
  private: 'networks that are not public, to which those hosts may lead: 10.20.0.0/16',
  workspaces: 'workspaces of Amazon Managed Prometheus: eu-central-1/ws-0123',
  cloudwatch: "namespaces of CloudWatch metrics: AWS/ApplicationELB, or '*'",
  regions: "regions where CloudWatch is asked besides the functions' own: us-east-1",
  alarms: "names of CloudWatch alarms: 'cart-*'",
};

/** `outrigger cluster egress`: what the metrics of a Kubernetes cluster's canaries may ask. */
export function egressCommand(): Command {
  const command = clusterVerb('egress', '1m').description(
    "Show what the metrics of a cluster's canaries may ask, or set it: each list takes the place of its like, and '' empties one.",
  );
  for (const [list, what] of Object.entries(LISTS)) command.option(`--${list} <entry...>`, what);
  return command.addOption(dataOutputOption()).action(async (options: Options) => {
    const { records } = await openRecords(options);
    const { cluster } = targetOf(options);
    const lists = listsIn(options);
    if (Object.keys(lists).length === 0) {
      const record = await within(options, 'try again', (signal) => records.readRecord(cluster, signal));
      const egress = egressIn(registered(cluster, record));
      process.stdout.write(dataText(options.output ?? 'yaml', { egress }, () => ''));
      return;
    }
    await within(options, 'run it again', (signal) =>
      records.updateRecord(cluster, (record) => withLists(registered(cluster, record), lists), signal),
    );
    process.stdout.write(`cluster/${cluster} egress set: ${Object.keys(lists).join(', ')}\n`);
  });
}

/** The lists that were given; an empty text is no entry. */
function listsIn(options: Lists): Lists {
  const given = Object.keys(LISTS).flatMap((list): [string, readonly string[]][] => {
    const entries = own(options, list);
    return Array.isArray(entries) ? [[list, entries.map(String).filter((entry) => entry !== '')]] : [];
  });
  return Object.fromEntries(given);
}

/** The record; without one nothing of the cluster is answered, and one that holds only this would not be whole. */
function registered(cluster: string, record: RecordDocument | undefined): RecordDocument {
  if (record !== undefined) return record;
  throw new UsageError(`cluster ${cluster} has no record: register it first (outrigger cluster register)`);
}

function egressIn(record: RecordDocument): RecordDocument {
  const egress = own(record, 'egress');
  return isRecord(egress) ? egress : {};
}

/** The record with these lists; what a newer version may have in it stays. Throws UsageError for what no record may have. */
function withLists(record: RecordDocument, lists: Lists): RecordDocument {
  const egress = { ...egressIn(record), ...lists };
  const check = new Check();
  parseEgress(check, { egress });
  if (check.faults.length > 0) throw new UsageError(check.faults.map((fault) => described(fault, lists)).join('\n'));
  return { ...record, egress };
}

/** A fault by the option and the entry that it is of; one of a list that stood there before by its path. */
function described({ path, message }: Fault, lists: Lists): string {
  const [, list = '', place] = /^egress\.(\w+)(?:\[(\d+)\])?$/.exec(path) ?? [];
  const given = own(lists, list);
  if (!Array.isArray(given)) return `${path} ${message} (it stands in the record)`;
  const entry = place === undefined ? '' : ` ${JSON.stringify(printable(String(given[Number(place)])))}`;
  return `--${list}${entry} ${message}`;
}
