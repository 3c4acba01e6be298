import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SSMClient } from '@aws-sdk/client-ssm';
import { openMetricsIn } from './advance/open-metrics.ts';
import { openNotifyIn } from './advance/open-notify.ts';
import { createAdvance } from './advance/tick.ts';
import { keepingClusters } from './advance/workloads/open-clusters.ts';
import { createTemplateWriter } from './advance/workloads/template-writer.ts';
import { createWorkloadReader } from './advance/workloads/workload-reader.ts';
import { type AdvanceConfig, readAdvanceConfig } from './config.ts';
import { readStage } from './drift/registered-namespaces.ts';
import { metricFields } from './events/metrics.ts';
import { misconfigured } from './events.ts';
import type { ClusterApi } from './kube-api/cluster-api.ts';
import { openEksCluster } from './kube-api/eks-cluster.ts';
import { createClusterApi } from './kube-api/https-cluster-api.ts';
import { STORE_READ_MS, STORE_TTL_MS, STORE_WAIT_MS } from './limits.ts';
import { createLog } from './log.ts';
import { createDynamoStore } from './table/dynamo/dynamo-store.ts';
import { createTemplateCache } from './template-store/cache/template-cache.ts';
import { createSsmStore } from './template-store/ssm/ssm-store.ts';
import { logProblem } from './template-store/store-problem.ts';

/**
 * Entry point: a schedule, once a minute. Writes what the clock has changed of canaries, moves running releases, and writes
 * drift reports; rejects only when it is misconfigured.
 */
export const handler: () => Promise<void> = open();

function open(): () => Promise<void> {
  const { stdout } = process;
  const log = createLog((line) => stdout.write(`${line}\n`), Date.now, metricFields);
  let config: AdvanceConfig;
  try {
    config = readAdvanceConfig(process.env);
  } catch (error) {
    return async () => {
      log(misconfigured, { why: error instanceof Error ? error.message : 'unknown error' });
      // The schedule reads no response: only an error of the function is seen.
      throw error;
    };
  }
  const { fleet, table, clusters } = config;
  // Tries are the store's own, within the tick's time.
  const client = new DynamoDBClient({ maxAttempts: 1 });
  const store = createDynamoStore({ client, table, now: Date.now, random: Math.random, newToken: randomUUID });
  const ssm = new SSMClient({ maxAttempts: 2 });
  const templates = createSsmStore(ssm, fleet);
  const cache = createTemplateCache(templates, {
    ttlMs: STORE_TTL_MS,
    readMs: STORE_READ_MS,
    // A tick has time to read again, and old templates are what it looks for.
    serveStale: false,
    now: Date.now,
    random: Math.random,
    report: logProblem(log),
    fleet,
  });
  const { credentials } = client.config;
  // Lambda sets it.
  const aws = { region: process.env['AWS_REGION'] ?? '', credentials, environment: process.env };
  const openCluster = async (name: string, signal: AbortSignal): Promise<ClusterApi> => {
    const { region } = client.config;
    const access = await openEksCluster({ name, region: await region(), credentials }, signal);
    return createClusterApi(access);
  };
  const keptClusters = keepingClusters(openCluster, Date.now);
  return createAdvance({
    canaries: store,
    reports: store,
    looks: {
      ...{ canaries: store, steps: store, leases: store, log, now: Date.now, random: Math.random, newUid: randomUUID },
      discoveryOf: async (cluster) => (await cache.stateFor(cluster, STORE_WAIT_MS)).record.discovery,
      workloads: createWorkloadReader({ openCluster: keptClusters, entered: clusters, log, now: Date.now }),
      templates: createTemplateWriter({ openCluster: keptClusters, log }),
      ...openMetricsIn({ ssm, fleet, aws, recordFor: cache.recordFor, log, now: Date.now }),
    },
    notify: openNotifyIn({
      ...{ changes: store, notices: store, ssm, fleet, aws, recordFor: cache.recordFor, log, now: Date.now },
      newUid: randomUUID,
    }),
    listClusters: templates.listClusters,
    watched: clusters,
    stateFor: cache.stateFor,
    stageOf: async (name, signal) => await readStage(templates, name, signal),
    // Asked again for every report: a cluster that was created again has another address.
    openCluster,
    log,
    now: Date.now,
  });
}
