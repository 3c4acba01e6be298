import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createDynamoFleet } from './canary/dynamo-fleet.ts';
import { createDynamoStore } from './canary/dynamo-store.ts';
import { type CanaryConfig, readCanaryConfig } from './config.ts';
import { closedDoor } from './http/closed.ts';
import type { HttpResult } from './http/result.ts';
import { STORE_READ_MS, STORE_TTL_MS } from './limits.ts';
import { createLog } from './log.ts';
import { metricFields } from './metrics.ts';
import { createFleetClusters } from './release-api/fleet-clusters.ts';
import { createCanaries } from './release-api/serve.ts';
import { createSsmStore } from './template/ssm-store.ts';
import { describeProxies } from './traffic/fleet.ts';
import { previewAnswers } from './traffic/preview.ts';

/** Door: `/apis/outrigger.dev/v1alpha1/…`, the release API for people and pipelines, behind an IAM authorizer. */
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
  const tools = { client, table, now: Date.now, random: Math.random, newToken: randomUUID };
  const store = createDynamoStore(tools);
  return createCanaries({
    store,
    drift: store,
    traffic: { preview: previewAnswers, fleet: createDynamoFleet(tools), describeProxies },
    clusters: createFleetClusters(createSsmStore(new SSMClient({ maxAttempts: 2 }), fleet), {
      ttlMs: STORE_TTL_MS,
      readMs: STORE_READ_MS,
      serveStale: true,
      now: Date.now,
      random: Math.random,
      report: ({ what, ...more }) => log('error', what, more),
    }),
    log,
    now: Date.now,
    clock: () => performance.now(),
    random: Math.random,
    newUid: randomUUID,
  });
}
