import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SSMClient } from '@aws-sdk/client-ssm';
import { type CanaryConfig, readCanaryConfig } from './config.ts';
import { metricFields } from './events/metrics.ts';
import { misconfiguredEntryPoint } from './http/misconfigured-entry-point.ts';
import type { HttpResult } from './http/result.ts';
import { STORE_TTL_MS, STORE_WAIT_MS } from './limits.ts';
import { createLog } from './log.ts';
import { createDynamoStore } from './table/dynamo/dynamo-store.ts';
import { readSnapshot, type Snapshot } from './template-store/cache/bundled-templates.ts';
import { createSsmRecords } from './template-store/ssm/ssm-records.ts';
import { openDiscovery } from './traffic/open-discovery.ts';

/** The text of the snapshot; put in by `infra/deploy/bundle.ts`. */
declare const OUTRIGGER_SNAPSHOT: string;

/** Entry point: `POST /v3/discovery:{listeners,clusters,routes}`, where Envoy asks for its configuration. */
export const handler: (event: unknown) => Promise<HttpResult> = await open();

async function open(): Promise<(event: unknown) => Promise<HttpResult>> {
  const { stdout } = process;
  const log = createLog((line) => stdout.write(`${line}\n`), Date.now, metricFields);
  let config: CanaryConfig;
  let snapshot: Snapshot;
  try {
    config = readCanaryConfig(process.env);
    snapshot = readSnapshot(OUTRIGGER_SNAPSHOT);
  } catch (error) {
    return misconfiguredEntryPoint(log, error);
  }
  const { fleet, table } = config;
  // Tries are the store's own, within the request's time.
  const client = new DynamoDBClient({ maxAttempts: 1 });
  const tools = { client, table, now: Date.now, random: Math.random, newToken: randomUUID };
  const { handler: entryPoint, clusters } = openDiscovery({
    fleet,
    readRecords: createSsmRecords(new SSMClient({ maxAttempts: 2 }), fleet),
    recordsTtlMs: STORE_TTL_MS,
    serveStale: true,
    store: createDynamoStore(tools),
    log,
    now: Date.now,
    snapshot,
  });
  // Read ahead, where Lambda gives a full core; polls say what went wrong.
  await clusters.records(STORE_WAIT_MS).catch(() => undefined);
  return entryPoint;
}
