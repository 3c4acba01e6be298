import { createMutate } from '../../functions/admission/serve.ts';
import { isRecord } from '../../functions/faults.ts';
import { createPathTokenVerifier } from '../../functions/http/path-token.ts';
import { createPlanMemo } from '../../functions/injection/plan-memo.ts';
import { MUTATE_TIMEOUT_MS, STORE_READ_MS } from '../../functions/limits.ts';
import type { Log } from '../../functions/log.ts';
import { publicKeysOf } from '../../functions/registration/key-ring.ts';
import type { KeyRing } from '../../functions/registration/key-store.ts';
import { epochOf } from '../../functions/registration/registration-record.ts';
import { webhookUrl } from '../../functions/registration/webhook-url.ts';
import type { TemplateStore } from '../../functions/template/store.ts';
import { createTemplateCache } from '../../functions/template/template-cache.ts';
import type { Route } from './gateway.ts';

/** The name of the Kubernetes cluster that a local gateway serves. */
export const LOCAL_CLUSTER = 'local';
/** The name of its fleet. */
export const LOCAL_FLEET = 'default';

/** Files are read anew about this often, so that an edited template serves the next Pod. */
const FILES_TTL_MS = 200;

/** The doors of a local gateway, wired to a store of files instead of Parameter Store. */
export function openLocalDoors(store: TemplateStore, keys: KeyRing, log: Log): readonly Route[] {
  const templates = createTemplateCache(store, {
    ttlMs: FILES_TTL_MS,
    readMs: STORE_READ_MS,
    serveStale: false,
    now: Date.now,
    random: Math.random,
    report: ({ what, ...fields }) => log('error', what, fields),
  });
  const mutate = createMutate({
    verifyToken: createPathTokenVerifier(publicKeysOf(keys), LOCAL_FLEET),
    templates,
    plan: createPlanMemo(),
    log,
    clock: () => performance.now(),
  });
  return [{ method: 'ANY', path: '/v1/mutate/{cluster}/{token}', handler: mutate, timeoutMs: MUTATE_TIMEOUT_MS }];
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
