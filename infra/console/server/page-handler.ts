import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { HttpResult } from '../../../functions/http/result.ts';
import type { ConsoleAccess } from './access.ts';
import { loadPage, pageResult } from './page.ts';
import { PAGE_FILES, type PageFiles } from './page-files.ts';

const FORBIDDEN: HttpResult = {
  statusCode: 403,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ message: 'the console is for this machine, by its own name' }),
};

/** Where the page and its files are. */
export const PAGE_PATHS: readonly string[] = ['/', `/${PAGE_FILES.script}`, `/${PAGE_FILES.style}`];

/**
 * Answers GET of the page's paths at a local gateway that wants no bearer token. The page has the token of this start in it:
 * another site cannot read the page, and a process that can may call the release API on loopback anyway.
 */
export function createPageHandler(
  access: ConsoleAccess,
  isLoopback: (address: string) => boolean,
): (event: APIGatewayProxyEventV2) => Promise<HttpResult> {
  // Built at the first visit: most starts have none.
  let files: Promise<PageFiles> | undefined;
  return async ({ requestContext, headers, rawPath }) => {
    if (!isLoopback(requestContext.http.sourceIp) || !access.isOwnHost(headers['host'])) return FORBIDDEN;
    files ??= loadPage();
    return pageResult(await files, rawPath, { token: access.token }) ?? FORBIDDEN;
  };
}
