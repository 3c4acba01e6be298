import { RELEASE_API_PATH } from '../../functions/release-api/request/segments.ts';
import type { FoundApi } from './canary/find-api.ts';
import { type HttpAnswer, send } from './canary/http.ts';
import { awsEndpoint, signed } from './canary/sign.ts';

/** A request of a page or of kubectl, as it is for the release API. */
export interface PassedRequest {
  readonly method: string;
  /** From the root of the release API on. */
  readonly path: string;
  /** With its question mark, or empty. */
  readonly search: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty: none. */
  readonly body: string;
}

/**
 * Sends a request on to the release API, signed with the caller's AWS identity where that is AWS's. Throws UnreachableError,
 * LostError, UsageError.
 */
export async function sendOn(
  { base, ca }: Pick<FoundApi, 'base' | 'ca'>,
  { method, path, search, headers, body }: PassedRequest,
): Promise<HttpAnswer> {
  const root = base.pathname.replace(/\/+$/, '');
  const url = new URL(base.origin);
  url.pathname = `${root.endsWith(RELEASE_API_PATH) ? root.slice(0, -RELEASE_API_PATH.length) : root}${path}`;
  url.search = search;
  const ask = {
    ...{ method, url, headers },
    ...(body === '' ? {} : { body }),
    ...(ca === undefined ? {} : { ca }),
  };
  const aws = awsEndpoint(url);
  return await send(aws === undefined ? ask : await signed(ask, aws));
}

/** Those headers that have one of these names, in lower case. */
export function pickedHeaders(
  names: readonly string[],
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, string> {
  const found = names.flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return Object.fromEntries(found);
}
