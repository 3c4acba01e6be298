import { createMutate } from '../../../functions/admission/serve.ts';
import { mutatePath } from '../../../functions/http/mutate-path.ts';
import { createPathTokenVerifier } from '../../../functions/identity/path-token.ts';
import { createPlanMemo } from '../../../functions/injection/plan/plan-memo.ts';
import { isRecord } from '../../../functions/json/faults.ts';
import { MUTATE_TIMEOUT_MS } from '../../../functions/limits.ts';
import type { Log } from '../../../functions/log.ts';
import { publicKeysOf } from '../../../functions/registration/keys/key-ring.ts';
import type { KeyRing } from '../../../functions/registration/keys/key-store.ts';
import { epochOf } from '../../../functions/registration/registration-record.ts';
import { webhookUrl } from '../../../functions/registration/webhook-url.ts';
import { createTemplateCache } from '../../../functions/template-store/cache/template-cache.ts';
import type { TemplateStore } from '../../../functions/template-store/store.ts';
import { logProblem } from '../../../functions/template-store/store-problem.ts';
import { FILES_READ_MS, FILES_TTL_MS } from './files.ts';
import type { Route } from './gateway.ts';

/** The name of the Kubernetes cluster that a local gateway serves. */
export const LOCAL_CLUSTER = 'local';
/** The name of its fleet. */
export const LOCAL_FLEET = 'default';

/** The entry points of admission behind a local gateway. */
export interface LocalEntryPoints {
  readonly routes: readonly Route[];
  /** Reads what the first Pod needs, before anybody is told where the gateway is: then it waits for no cold code. */
  readAhead(): Promise<void>;
}

/** The entry points of a local gateway, wired to a store of files instead of Parameter Store. */
export function openLocalEntryPoints(store: TemplateStore, keys: KeyRing, log: Log): LocalEntryPoints {
  const templates = createTemplateCache(store, {
    ttlMs: FILES_TTL_MS,
    readMs: FILES_READ_MS,
    serveStale: false,
    now: Date.now,
    random: Math.random,
    report: logProblem(log),
  });
  const mutate = createMutate({
    verifyToken: createPathTokenVerifier(publicKeysOf(keys), LOCAL_FLEET),
    templates,
    plan: createPlanMemo(),
    log,
    clock: () => performance.now(),
  });
  const path = mutatePath('{cluster}', '{token}');
  return {
    routes: [{ method: 'ANY', path, handler: mutate, timeoutMs: MUTATE_TIMEOUT_MS }],
    readAhead: async () => void (await templates.prefetch(FILES_READ_MS)),
  };
}

/**
 * The URL of the local cluster's webhook, token included: of the epoch that its record says, as `outrigger cluster`
 * registers it.
 *
 * @param url where the gateway listens
 * @param record the local cluster's record
 */
export async function localWebhookUrl(keys: KeyRing, url: string, record: unknown): Promise<string> {
  const epoch = epochOf(isRecord(record) ? record : undefined);
  return await webhookUrl(keys, { fleet: LOCAL_FLEET, cluster: LOCAL_CLUSTER }, url, epoch);
}
