import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createDynamoStore } from './canary/dynamo-store.ts';
import { type CanaryConfig, readCanaryConfig } from './config.ts';
import { closedDoor } from './http/closed.ts';
import type { HttpResult } from './http/result.ts';
import { STORE_READ_MS, STORE_TTL_MS } from './limits.ts';
import { createLog } from './log.ts';
import { metricFields } from './metrics.ts';
import { createFleetClusters } from './release-api/fleet-clusters.ts';
import { createAborts } from './release-api/serve-abort.ts';
import { createSsmStore } from './template/ssm-store.ts';

/** The Kubernetes clusters of the snapshot, by name; put in by `infra/bundle.ts`. */
declare const OUTRIGGER_SNAPSHOT_CLUSTERS: readonly string[];

/** Door: `POST /apis/outrigger.dev/v1alpha1/…/canaries/{name}/abort` alone, behind an IAM authorizer. */
export const handler: (event: unknown) => Promise<HttpResult> = open();

function open(): (event: unknown) => Promise<HttpResult> {
  const { stdout } = process;
  const log = createLog((line) => stdout.write(`${line}\n`), Date.now, metricFields);
  let config: CanaryConfig;
  try {
    config = readCanaryConfig(process.env);
  } catch (error) {
    return closedDoor(log, error);
  }
  const { fleet, table } = config;
  // Tries are the store's own, within the request's time.
  const client = new DynamoDBClient({ maxAttempts: 1 });
  const common = { now: Date.now, random: Math.random };
  return createAborts({
    store: createDynamoStore({ ...common, client, table, newToken: randomUUID }),
    clusters: createFleetClusters(createSsmStore(new SSMClient({ maxAttempts: 2 }), fleet), {
      ...{ ...common, ttlMs: STORE_TTL_MS, readMs: STORE_READ_MS, serveStale: true },
      report: ({ what, ...more }) => log('error', what, more),
      snapshot: { clusters: OUTRIGGER_SNAPSHOT_CLUSTERS },
    }),
    ...{ ...common, log, clock: () => performance.now(), newUid: randomUUID },
  });
}
