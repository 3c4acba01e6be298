import type { FreezeStore } from '../../functions/canary/freeze/freeze-store.ts';
import type { CanaryStore } from '../../functions/canary/store.ts';
import type { HttpResult } from '../../functions/http/result.ts';
import { createLog } from '../../functions/log.ts';
import type { ReleaseTools } from '../../functions/release-api/call.ts';
import { createFleetClusters } from '../../functions/release-api/fleet-clusters.ts';
import { createCanaries } from '../../functions/release-api/serve.ts';
import { createAborts } from '../../functions/release-api/serve-abort.ts';
import { createMemoryStore as createCanaryStore } from '../../functions/table/sqlite/memory-store.ts';
import { createMemoryStore, type MemoryStore } from '../../functions/template-store/memory-store.ts';
import { logProblem } from '../../functions/template-store/store-problem.ts';
import { CREATED_AT } from './canaries.ts';
import { recordOf } from './values.ts';

/** Who calls in the tests. */
export const WHO = 'arn:aws:iam::123456789012:user/ada';
/** Where the canaries of `shop` are. */
export const CANARIES = '/apis/outrigger.dev/v1alpha1/clusters/local/namespaces/shop/canaries';

/** What differs from an ordinary request. */
export interface Ask {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
  /** Null for nobody. */
  readonly who?: string | null;
}

/** An answer, its body parsed. */
export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The entry point of the release API over a store in memory, with a clock that is set. */
export interface ReleaseEntryPoint {
  readonly handler: (event: unknown) => Promise<HttpResult>;
  /** The function `abort`, over the same store. */
  readonly abort: (event: unknown) => Promise<HttpResult>;
  readonly store: CanaryStore;
  readonly freezes: FreezeStore;
  readonly records: MemoryStore;
  readonly lines: string[];
  /** What was waited after lost races, in milliseconds; no time passes. */
  readonly pauses: number[];
  /** Sets the clock to so many seconds after the creation of the tests' canaries. */
  at(seconds: number): void;
  ask(method: string, path: string, ask?: Ask): Promise<Told>;
}

/**
 * Opens an entry point; `store` stands in for the one in memory, `traffic` for what the data plane knows, `snapshot` for
 * records that cannot be read; `inRealTime` has the machine's clock, and waits.
 */
export function openReleaseEntryPoint(
  more: {
    store?: CanaryStore;
    freezes?: FreezeStore;
    traffic?: ReleaseTools['traffic'];
    drift?: ReleaseTools['drift'];
    snapshot?: readonly string[];
    inRealTime?: boolean;
  } = {},
): ReleaseEntryPoint {
  let now = CREATED_AT;
  let uids = 0;
  const own = createCanaryStore(() => now);
  const { store = own, freezes = own } = more;
  const records = createMemoryStore();
  // Proxies are never quiet for long, so that a new canary is learned within 70 s.
  records.putClusterRecord('local', { discovery: { host: 'discovery.example.com', idle: '4s' } });
  const lines: string[] = [];
  const pauses: number[] = [];
  const log = createLog((line) => lines.push(line), Date.now);
  const down = async (): Promise<never> => Promise.reject(new Error('down'));
  const isDown = more.snapshot !== undefined;
  const clusters = createFleetClusters(isDown ? { listClusters: down, getClusterRecord: down } : records, {
    ttlMs: 0,
    readMs: 1_000,
    serveStale: false,
    now: Date.now,
    random: () => 0.5,
    report: logProblem(log),
    ...(more.snapshot === undefined ? {} : { snapshot: { clusters: more.snapshot } }),
  });
  const tools: ReleaseTools = {
    store,
    freezes,
    clusters,
    ...(more.traffic === undefined ? {} : { traffic: more.traffic }),
    ...(more.drift === undefined ? {} : { drift: more.drift }),
    log,
    now: more.inRealTime === true ? Date.now : () => now,
    clock: () => performance.now(),
    random: more.inRealTime === true ? Math.random : () => 0,
    ...(more.inRealTime === true ? {} : { pause: async (ms: number) => void pauses.push(ms) }),
    newUid: () => `00000000-0000-4000-8000-${String(++uids).padStart(12, '0')}`,
  };
  const handler = createCanaries(tools);
  return {
    handler,
    abort: createAborts(tools),
    store,
    freezes,
    records,
    lines,
    pauses,
    at: (seconds) => {
      now = CREATED_AT + seconds * 1_000;
    },
    ask: async (method, path, ask = {}) => {
      const { statusCode, headers, body } = await handler(releaseEvent(method, path, ask));
      return { status: statusCode, headers, body: body === '' ? {} : recordOf(JSON.parse(body)) };
    },
  };
}

/**
 * The event of an HTTP API (payload format 2.0) behind an IAM authorizer, with the fields that AWS documents
 * (docs.aws.amazon.com, apigateway, http-api-develop-integrations-lambda).
 */
export function releaseEvent(method: string, path: string, ask: Ask = {}): Record<string, unknown> {
  const { headers = {}, query = '', body, who = WHO } = ask;
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const iam = {
    accessKey: 'AKIAIOSFODNN7EXAMPLE',
    accountId: '123456789012',
    callerId: 'AIDACKCEVSQ6C2EXAMPLE',
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: who,
    userId: 'AIDACKCEVSQ6C2EXAMPLE',
  };
  return {
    version: '2.0',
    routeKey: 'ANY /apis/{proxy+}',
    rawPath: path,
    rawQueryString: query,
    headers: { host: 'x.execute-api.eu-central-1.amazonaws.com', ...type, ...headers },
    requestContext: {
      accountId: '123456789012',
      apiId: 'x',
      ...(who === null ? {} : { authorizer: { iam } }),
      domainName: 'x.execute-api.eu-central-1.amazonaws.com',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'outrigger' },
      requestId: 'id',
      routeKey: 'ANY /apis/{proxy+}',
      stage: '$default',
      timeEpoch: 1_700_000_000_000,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    isBase64Encoded: false,
  };
}
