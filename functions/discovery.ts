import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createDynamoFleet } from './canary/dynamo-fleet.ts';
import { createDynamoStore } from './canary/dynamo-store.ts';
import { readCanaryConfig } from './config.ts';
import type { HttpResult } from './http/result.ts';
import { STORE_TTL_MS, STORE_WAIT_MS } from './limits.ts';
import { createLog } from './log.ts';
import { metricFields } from './metrics.ts';
import { readSnapshot } from './template/snapshot.ts';
import { createSsmRecords } from './template/ssm-records.ts';
import { openDiscovery } from './traffic/open-discovery.ts';

/** The text of the snapshot; put in by `infra/bundle.ts`. */
declare const OUTRIGGER_SNAPSHOT: string;

/** Door: `POST /v3/discovery:{listeners,clusters,routes}`, where Envoy asks for its configuration. */
export const handler: (event: unknown) => Promise<HttpResult> = await open();

async function open(): Promise<(event: unknown) => Promise<HttpResult>> {
  const { stdout } = process;
  const log = createLog((line) => stdout.write(`${line}\n`), Date.now, metricFields);
  // Incomplete, it does not start: Lambda says so in the log, and API Gateway answers 500.
  const { fleet, table } = readCanaryConfig(process.env);
  // Tries are the store's own, within the request's time.
  const client = new DynamoDBClient({ maxAttempts: 1 });
  const tools = { client, table, now: Date.now, random: Math.random, newToken: randomUUID };
  const { handler: door, clusters } = openDiscovery({
    fleet,
    readRecords: createSsmRecords(new SSMClient({ maxAttempts: 2 }), fleet),
    recordsTtlMs: STORE_TTL_MS,
    serveStale: true,
    store: { ...createDynamoStore(tools), ...createDynamoFleet(tools) },
    log,
    now: Date.now,
    snapshot: readSnapshot(OUTRIGGER_SNAPSHOT),
  });
  // Read ahead, where Lambda gives a full core; polls say what went wrong.
  await clusters.records(STORE_WAIT_MS).catch(() => undefined);
  return door;
}
