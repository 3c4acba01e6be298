import { SSMClient } from '@aws-sdk/client-ssm';
import { createMutate } from './admission/serve.ts';
import { warmUp } from './admission/warm-up.ts';
import { type Config, readConfig } from './config.ts';
import { metricFields } from './events/metrics.ts';
import { misconfiguredEntryPoint } from './http/misconfigured-entry-point.ts';
import type { HttpResult } from './http/result.ts';
import { createPathTokenVerifier } from './identity/path-token.ts';
import { createPlanMemo } from './injection/plan/plan-memo.ts';
import { STORE_READ_MS, STORE_STALE_WAIT_MS, STORE_TTL_MS, STORE_WAIT_MS } from './limits.ts';
import { createLog } from './log.ts';
import { readSnapshot, type Snapshot } from './template-store/cache/bundled-templates.ts';
import { createTemplateCache } from './template-store/cache/template-cache.ts';
import { createSsmStore } from './template-store/ssm/ssm-store.ts';
import { logProblem } from './template-store/store-problem.ts';

/** The text of the snapshot; put in by `infra/deploy/bundle.ts`. */
declare const OUTRIGGER_SNAPSHOT: string;

/** Entry point: `POST /v1/mutate/{cluster}/{token}`, one AdmissionReview in, one out. */
export const handler: (event: unknown) => Promise<HttpResult> = await open();

/** Everything that is the same for every request is made at INIT, where Lambda gives a full core. */
async function open(): Promise<(event: unknown) => Promise<HttpResult>> {
  // Taken now: the first look at process.stdout opens the stream, which costs some milliseconds.
  const { stdout } = process;
  const log = createLog((line) => stdout.write(`${line}\n`), Date.now, metricFields);
  stdout.write('');
  let config: Config;
  let snapshot: Snapshot;
  try {
    config = readConfig(process.env);
    snapshot = readSnapshot(OUTRIGGER_SNAPSHOT);
  } catch (error) {
    return misconfiguredEntryPoint(log, error);
  }
  // One retry of the SDK fits into the read's time; more would only add load to a store that is down.
  const store = createSsmStore(new SSMClient({ maxAttempts: 2 }), config.fleet);
  const templates = createTemplateCache(store, {
    ttlMs: STORE_TTL_MS,
    readMs: STORE_READ_MS,
    serveStale: true,
    staleWaitMs: STORE_STALE_WAIT_MS,
    now: Date.now,
    random: Math.random,
    report: logProblem(log),
    snapshot,
    fleet: config.fleet,
  });
  const tools = {
    verifyToken: createPathTokenVerifier(config.pathKeys, config.fleet),
    templates,
    plan: createPlanMemo(),
    log,
    clock: () => performance.now(),
  };
  const quiet = createLog(() => {}, Date.now, metricFields);
  await warmUp({ ...tools, log: quiet }, config.pathKeys, await templates.prefetch(STORE_WAIT_MS));
  return createMutate(tools);
}
