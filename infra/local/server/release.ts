import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { HttpResult } from '../../../functions/http/result.ts';
import { CANARIES_TIMEOUT_MS } from '../../../functions/limits.ts';
import type { Log } from '../../../functions/log.ts';
import type { ReleaseTools } from '../../../functions/release-api/call.ts';
import { createFleetClusters } from '../../../functions/release-api/fleet-clusters.ts';
import { RELEASE_API_PATH } from '../../../functions/release-api/request/segments.ts';
import { ApiError } from '../../../functions/release-api/response/api-error.ts';
import { statusOf } from '../../../functions/release-api/response/response.ts';
import { createCanaries } from '../../../functions/release-api/serve.ts';
import { createAborts } from '../../../functions/release-api/serve-abort.ts';
import type { TableStore } from '../../../functions/table/table-store.ts';
import type { TemplateStore } from '../../../functions/template-store/store.ts';
import { logProblem } from '../../../functions/template-store/store-problem.ts';
import { createEvidenceReader } from '../../../functions/traffic/evidence/read-evidence.ts';
import { previewAnswers } from '../../../functions/traffic/preview.ts';
import { describeProxies } from '../../../functions/traffic/proxies/proxy-status.ts';
import { type ConsoleAccess, createConsoleAccess, isSameSecret } from '../../console/server/access.ts';
import { createPageHandler, PAGE_PATHS } from '../../console/server/page-handler.ts';
import { pathWithCluster } from '../kubectl/cluster-path.ts';
import { type AskWatch, isWatchOf, openWatch } from '../kubectl/watch-stream.ts';
import { FILES_READ_MS, FILES_TTL_MS } from './files.ts';
import type { Route } from './gateway.ts';
import { isLoopback, isLoopbackHost } from './loopback.ts';

/** Where an abort stands, in both forms: the function `abort` answers there. */
const ABORT_PATHS = ['', '/clusters/{cluster}'].map(
  (cluster) => `${RELEASE_API_PATH}${cluster}/namespaces/{namespace}/canaries/{name}/abort`,
);

/** A watch looks this often for what is new, in milliseconds: one read of a small file. */
const WATCH_EVERY_MS = 500;
/** Where the function `canaries` answers. */
const RELEASE_PATHS = [
  ...['/apis', '/apis/{proxy+}', '/healthz'],
  ...['/api', '/api/{proxy+}', '/openapi/{proxy+}', '/version'],
];

/** Who is let in to the release API. */
interface LocalAccess {
  /** Has to be shown; undefined: only this machine is served, and the console with it. */
  readonly token: string | undefined;
  readonly scheme: 'http' | 'https';
}

/** The release API behind a local gateway, and the console at `/` where no token has to be shown. */
export function openLocalRelease(
  templates: TemplateStore,
  store: TableStore,
  { token, scheme }: LocalAccess,
  log: Log,
): readonly Route[] {
  const page = token === undefined ? createConsoleAccess(scheme) : undefined;
  const clusters = createFleetClusters(templates, {
    ttlMs: FILES_TTL_MS,
    readMs: FILES_READ_MS,
    serveStale: false,
    now: Date.now,
    random: Math.random,
    report: logProblem(log),
  });
  const tools: ReleaseTools = {
    store,
    drift: store,
    freezes: store,
    clusters,
    traffic: { preview: previewAnswers, fleet: store, describeProxies, evidence: createEvidenceReader(store) },
    log,
    now: Date.now,
    clock: () => performance.now(),
    random: Math.random,
    newUid: randomUUID,
  };
  const guarded =
    (handler: (event: unknown) => Promise<HttpResult>): Route['handler'] =>
    async (event: APIGatewayProxyEventV2) => {
      const fault = identityFault(event, token, page);
      if (fault !== undefined) return statusOf(fault);
      // What API Gateway's IAM authorizer adds.
      const requestContext = { ...event.requestContext, authorizer: { iam: { userArn: 'local' } } };
      return await handler({ ...event, requestContext });
    };
  const [abort, canaries] = [guarded(createAborts(tools)), guarded(createCanaries(tools))];
  const ofCluster: Route['handler'] = (event) => canaries({ ...event, rawPath: pathWithCluster(event.rawPath) });
  const timeoutMs = CANARIES_TIMEOUT_MS;
  // The first that fits is taken.
  return [
    ...(page === undefined ? [] : pageRoutes(page)),
    ...ABORT_PATHS.map((path) => ({ method: 'POST', path, handler: abort, timeoutMs })),
    ...RELEASE_PATHS.map((path) => releaseRoute(path, canaries)),
    // What a kubeconfig has as its server (docs/how-to/use-kubectl.md).
    releaseRoute('/clusters/{cluster}/{proxy+}', ofCluster),
  ];
}

function releaseRoute(path: string, handler: Route['handler']): Route {
  const watch: Route['watch'] = (event, signal) => {
    const query = new URLSearchParams(event.rawQueryString);
    if (event.requestContext.http.method !== 'GET' || !isWatchOf(event.rawPath, query)) return undefined;
    const ask: AskWatch = (asked) => handler({ ...event, rawQueryString: asked.toString() });
    return openWatch(query, ask, { everyMs: WATCH_EVERY_MS, signal });
  };
  return { method: 'ANY', path, handler, timeoutMs: CANARIES_TIMEOUT_MS, watch };
}

function pageRoutes(page: ConsoleAccess): readonly Route[] {
  const handler = createPageHandler(page, isLoopback);
  return PAGE_PATHS.map((path) => ({ method: 'GET', path, handler, timeoutMs: CANARIES_TIMEOUT_MS }));
}

/**
 * Why a request is not let in. With a token it has to be shown. Without one only this machine is served, and only by
 * its own names: a page in a browser can reach loopback, but it sends its Origin, or the name that it was rebound from. Only the
 * console's page shows its own Origin with the token of this start.
 */
function identityFault(
  event: APIGatewayProxyEventV2,
  token: string | undefined,
  page: ConsoleAccess | undefined,
): ApiError | undefined {
  if (event.headers['origin'] !== undefined && page?.isOwnPage(event.headers) !== true) {
    return new ApiError('Forbidden', 'the release API is not for pages in browsers: Origin is refused');
  }
  if (token !== undefined) {
    const [scheme = '', shown = ''] = (event.headers['authorization'] ?? '').split(' ');
    if (scheme.toLowerCase() === 'bearer' && isSameSecret(shown, token)) return undefined;
    const headers = { 'www-authenticate': 'Bearer' };
    return new ApiError('Unauthorized', 'the release API wants the bearer token of --token-file', { headers });
  }
  if (isLoopback(event.requestContext.http.sourceIp) && isLoopbackHost(event.headers['host'])) return undefined;
  const how = 'start it with --token-file to serve others';
  return new ApiError('Forbidden', `without a token the release API serves loopback addresses only; ${how}`);
}
