import { createMutate } from '../../functions/admission/serve.ts';
import type { HttpResult } from '../../functions/http/result.ts';
import { createPathTokenVerifier } from '../../functions/identity/path-token.ts';
import { createPlanMemo } from '../../functions/injection/plan/plan-memo.ts';
import { createLog } from '../../functions/log.ts';
import { generatePathTokenKeys, mintPathToken } from '../../functions/registration/keys/mint-path-token.ts';
import { createTemplateCache } from '../../functions/template-store/cache/template-cache.ts';
import { createMemoryStore, type MemoryStore } from '../../functions/template-store/memory-store.ts';
import type { TemplateStore } from '../../functions/template-store/store.ts';
import { logProblem } from '../../functions/template-store/store-problem.ts';
import { templateDocument } from './templates.ts';
import { recordOf } from './values.ts';

/** The fleet of every entry point in the tests. */
export const FLEET = 'test-fleet';
/** One key pair for the whole run: making one is slow, and nothing depends on which. */
export const KEYS = await generatePathTokenKeys('key-1');
/** The token of the Kubernetes cluster `local`, first epoch. */
export const TOKEN = await mintPathToken(KEYS.privateJwk, FLEET, 'local', 1);

/** An entry point as Lambda opens it, with a store in memory and a log that is kept. */
export interface MutateEntryPoint {
  readonly handler: (event: unknown) => Promise<HttpResult>;
  readonly store: MemoryStore;
  /** Every line that was logged. */
  readonly lines: string[];
  /** The log as objects. */
  logged(): Readonly<Record<string, unknown>>[];
}

/** Opens an entry point. `reads` stands in for the store where reading itself is what is tested; `write` for the log's sink. */
export function openMutateEntryPoint(
  options: { reads?: TemplateStore; write?: (line: string) => void; clock?: () => number } = {},
): MutateEntryPoint {
  const store = createMemoryStore();
  store.put('proxy', templateDocument('proxy'), 'stable');
  store.putClusterRecord('local', { defaultTemplates: ['proxy'] });
  const lines: string[] = [];
  const clock = options.clock ?? (() => performance.now());
  const log = createLog(options.write ?? ((line) => lines.push(line)), Date.now);
  const templates = createTemplateCache(options.reads ?? store, {
    ttlMs: 30_000,
    readMs: 1_000,
    serveStale: true,
    // Looked up anew: tests put another clock in its place.
    now: () => Date.now(),
    random: () => 0.5,
    report: logProblem(log),
  });
  const verifyToken = createPathTokenVerifier({ keys: [KEYS.publicJwk] }, FLEET);
  return {
    handler: createMutate({ verifyToken, templates, plan: createPlanMemo(), log, clock }),
    store,
    lines,
    logged: () => lines.map((line) => recordOf(JSON.parse(line))),
  };
}

/** What differs from an ordinary call. */
export interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly isBase64Encoded?: boolean;
}

/**
 * The event of an HTTP API in payload format 2.0, with the fields that AWS documents
 * (docs.aws.amazon.com, apigateway, http-api-develop-integrations-lambda). A Buffer travels as base64.
 */
export function httpApiEvent(call: Call = {}): Record<string, unknown> {
  const { method = 'POST', path = `/v1/mutate/local/${TOKEN}`, query = 'timeout=3s', body } = call;
  return {
    version: '2.0',
    routeKey: 'POST /v1/mutate/{cluster}/{token}',
    rawPath: path,
    rawQueryString: query,
    headers: { 'content-type': 'application/json', host: 'x.execute-api.eu-central-1.amazonaws.com', ...call.headers },
    requestContext: {
      accountId: '000000000000',
      apiId: 'x',
      domainName: 'x.execute-api.eu-central-1.amazonaws.com',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'kube-apiserver-admission' },
      requestId: 'id',
      routeKey: 'POST /v1/mutate/{cluster}/{token}',
      stage: '$default',
      timeEpoch: 1_700_000_000_000,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : body.toString('base64') }),
    isBase64Encoded: call.isBase64Encoded ?? Buffer.isBuffer(body),
  };
}

/** The patch of an answer, decoded; undefined where there is none. */
export function patchOf(result: HttpResult): unknown {
  const { patch } = recordOf(recordOf(JSON.parse(result.body))['response']);
  return patch === undefined ? undefined : JSON.parse(Buffer.from(String(patch), 'base64').toString());
}

/** The response half of an answer. */
export function responseOf(result: HttpResult): Readonly<Record<string, unknown>> {
  return recordOf(recordOf(JSON.parse(result.body))['response']);
}
