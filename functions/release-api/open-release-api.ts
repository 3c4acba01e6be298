import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SSMClient } from '@aws-sdk/client-ssm';
import { type CanaryConfig, readCanaryConfig } from '../config.ts';
import { metricFields } from '../events/metrics.ts';
import { misconfiguredEntryPoint } from '../http/misconfigured-entry-point.ts';
import type { HttpResult } from '../http/result.ts';
import { STORE_READ_MS, STORE_TTL_MS } from '../limits.ts';
import { createLog } from '../log.ts';
import { createDynamoStore } from '../table/dynamo/dynamo-store.ts';
import type { TableStore } from '../table/table-store.ts';
import { createSsmStore } from '../template-store/ssm/ssm-store.ts';
import { logProblem } from '../template-store/store-problem.ts';
import type { ReleaseTools } from './call.ts';
import { createFleetClusters } from './fleet-clusters.ts';

/** The Kubernetes clusters of the snapshot, by name; put in by `infra/deploy/bundle.ts`. */
declare const OUTRIGGER_SNAPSHOT_CLUSTERS: readonly string[];

type Handler = (event: unknown) => Promise<HttpResult>;

/**
 * Makes an entry point of the release API from the process: its environment, DynamoDB and Parameter Store.
 *
 * @param create makes the handler; the table has more than releases in it, for those who read it
 * @returns the handler, or one that answers 500 where the environment is misconfigured
 */
export function openReleaseApi(create: (tools: ReleaseTools, table: TableStore) => Handler): Handler {
  const { stdout } = process;
  const log = createLog((line) => stdout.write(`${line}\n`), Date.now, metricFields);
  let config: CanaryConfig;
  try {
    config = readCanaryConfig(process.env);
  } catch (error) {
    return misconfiguredEntryPoint(log, error);
  }
  const { fleet, table } = config;
  // Tries are the store's own, within the request's time.
  const client = new DynamoDBClient({ maxAttempts: 1 });
  const common = { now: Date.now, random: Math.random };
  const store = createDynamoStore({ ...common, client, table, newToken: randomUUID });
  const clusters = createFleetClusters(createSsmStore(new SSMClient({ maxAttempts: 2 }), fleet), {
    ...{ ...common, ttlMs: STORE_TTL_MS, readMs: STORE_READ_MS, serveStale: true },
    report: logProblem(log),
    snapshot: { clusters: OUTRIGGER_SNAPSHOT_CLUSTERS },
  });
  return create(
    { ...common, store, freezes: store, clusters, log, clock: () => performance.now(), newUid: randomUUID },
    store,
  );
}
