import { type ClusterRecord, parseClusterRecord } from '../../../functions/cluster-record/cluster-record.ts';
import { describeFaults } from '../../../functions/json/faults.ts';
import { UsageError } from '../errors.ts';
import { openFleet } from '../fleet.ts';
import { knownClusters } from '../known-clusters.ts';
import type { ServerOptions } from './server-options.ts';

/** The name of no cluster in particular. */
const NO_CLUSTER = 'dry-run';
/** Templates may name it where no record is asked for. */
const SAMPLE_RECORD = { discovery: { host: 'discovery.example.com' } };

/** The record of the cluster that is named; one with samples where none is. Throws UsageError for one that is not valid. */
export async function recordOf(
  options: ServerOptions,
  signal: AbortSignal,
): Promise<{ readonly cluster: string; readonly record: ClusterRecord }> {
  const { cluster = options.eks, fleet } = options;
  let document: unknown = SAMPLE_RECORD;
  if (cluster !== undefined) {
    const { store } = await openFleet(options);
    const found = await store.getClusterRecord(cluster, signal);
    // A name that was typed means a record; that of --eks may be of a cluster that is not registered yet.
    if (found === undefined && options.cluster !== undefined) {
      throw new UsageError(
        `cluster ${cluster} has no record in fleet ${fleet}${await knownClusters(store, signal)}; leave --cluster out to take defaults`,
      );
    }
    if (found === undefined) {
      process.stderr.write(`warning: cluster ${cluster} has no record in fleet ${fleet}; defaults are taken\n`);
    }
    document = found ?? SAMPLE_RECORD;
  }
  const record = parseClusterRecord(document);
  if (!record.valid) throw new UsageError(`the cluster record is not valid: ${describeFaults(record.faults)}`);
  return { cluster: cluster ?? NO_CLUSTER, record: record.value };
}
