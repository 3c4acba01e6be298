import { createMutate } from '../../functions/admission/serve.ts';
import { createPathTokenVerifier } from '../../functions/http/path-token.ts';
import { createPlanMemo } from '../../functions/injection/plan-memo.ts';
import { MUTATE_TIMEOUT_MS } from '../../functions/limits.ts';
import type { Log } from '../../functions/log.ts';
import { mintPathToken, type PathTokenKeys } from '../../functions/registration/path-token.ts';
import type { TemplateStore } from '../../functions/template/store.ts';
import { createTemplateCache } from '../../functions/template/template-cache.ts';
import { FILES_READ_MS, FILES_TTL_MS } from './files.ts';
import type { Route } from './gateway.ts';

/** The name of the Kubernetes cluster that a local gateway serves. */
export const LOCAL_CLUSTER = 'local';
/** The name of its fleet. */
export const LOCAL_FLEET = 'default';

/** The doors of admission behind a local gateway. */
export interface LocalDoors {
  readonly routes: readonly Route[];
  /** Reads what the first Pod needs, before anybody is told where the gateway is: then it waits for no cold code. */
  readAhead(): Promise<void>;
}

/** The doors of a local gateway, wired to a store of files instead of Parameter Store. */
export function openLocalDoors(store: TemplateStore, keys: PathTokenKeys, log: Log): LocalDoors {
  const templates = createTemplateCache(store, {
    ttlMs: FILES_TTL_MS,
    readMs: FILES_READ_MS,
    serveStale: false,
    now: Date.now,
    random: Math.random,
    report: ({ what, ...fields }) => log('error', what, fields),
  });
  const mutate = createMutate({
    verifyToken: createPathTokenVerifier({ keys: [keys.publicJwk] }, LOCAL_FLEET),
    templates,
    plan: createPlanMemo(),
    log,
    clock: () => performance.now(),
  });
  const path = '/v1/mutate/{cluster}/{token}';
  return {
    routes: [{ method: 'ANY', path, handler: mutate, timeoutMs: MUTATE_TIMEOUT_MS }],
    readAhead: async () => void (await templates.prefetch(FILES_READ_MS)),
  };
}

/** The path of the local cluster's webhook, token included. */
export async function localWebhookPath(keys: PathTokenKeys): Promise<string> {
  return `/v1/mutate/${LOCAL_CLUSTER}/${await mintPathToken(keys.privateJwk, LOCAL_FLEET, LOCAL_CLUSTER, 1)}`;
}
