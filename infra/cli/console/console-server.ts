import http from 'node:http';
import type { HttpResult } from '../../../functions/http/result.ts';
import type { ConsoleAccess } from '../../console/server/access.ts';
import { type PageSettings, pageResult } from '../../console/server/page.ts';
import type { PageFiles } from '../../console/server/page-files.ts';
import { describeError } from '../errors.ts';
import { forward, type Upstream } from './forward.ts';

/** What the server is made of. */
export interface ConsoleParts {
  readonly access: ConsoleAccess;
  readonly files: PageFiles;
  readonly settings: PageSettings;
  readonly upstream: Upstream;
}

/**
 * The page, and the release API behind it for that page alone: its own Host and Origin, and the token of this start. The page
 * itself has no secret: any process of this machine may read it.
 */
export function createConsoleServer(parts: ConsoleParts): http.Server {
  return http.createServer((request, response) => {
    const { url = '/' } = request;
    void answerTo(parts, request).then(({ statusCode, headers, body }) => {
      if (!request.complete) response.setHeader('connection', 'close');
      response.writeHead(statusCode, headers).end(request.method === 'HEAD' || url === '*' ? '' : body);
    });
  });
}

async function answerTo(
  { access, files, settings, upstream }: ConsoleParts,
  request: http.IncomingMessage,
): Promise<HttpResult> {
  if (!access.isOwnHost(request.headers.host)) return refused(403, 'Forbidden', 'the console has another Host');
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const page = isRead ? pageResult(files, path, settings) : undefined;
  if (page !== undefined) return page;
  if (!access.isOwnPage(flat(request.headers))) {
    const how = 'open the console by the address that was printed at its start';
    return refused(403, 'Forbidden', `only the console's own page is served; ${how}`);
  }
  try {
    const answer = await forward(upstream, request);
    if (answer === undefined) return refused(404, 'NotFound', 'the console leads to the release API only');
    return { statusCode: answer.status, headers: { ...answer.headers, ...NO_STORE }, body: answer.text };
  } catch (error) {
    // What is no sentence for people is a fault of ours: its stack belongs to the terminal alone.
    const message = describeError(error).split('\n', 1)[0] ?? '';
    return refused(502, 'BadGateway', message);
  }
}

const NO_STORE = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

function refused(code: number, reason: string, message: string): HttpResult {
  const status = { apiVersion: 'v1', kind: 'Status', status: 'Failure', reason, message, code };
  return {
    statusCode: code,
    headers: { ...NO_STORE, 'content-type': 'application/json' },
    body: `${JSON.stringify(status)}\n`,
  };
}

/** A header that came twice is none. */
function flat(headers: http.IncomingHttpHeaders): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : undefined]),
  );
}
