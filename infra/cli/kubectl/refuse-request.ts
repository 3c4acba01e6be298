import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ApiError } from '../../../functions/release-api/response/api-error.ts';
import { isLoopbackHost } from '../../local/server/loopback.ts';

/** What the release API's paths are made of; nothing is encoded in them, so that what is checked is what is sent. */
const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** Those of the release API. */
const PATHS = /^\/(apis?(\/.*)?|openapi\/.+|version|healthz)$/;

/**
 * Why a request is not sent on; undefined where it is. A page in a browser can reach loopback, but it sends its Origin, or the
 * name that it was rebound from; other users of the machine have no token.
 *
 * @param path what it is for, without the prefix of a cluster
 * @param token what has to be shown; undefined for nothing
 */
export function refusalOf({ headers }: IncomingMessage, path: string, token: string | undefined): ApiError | undefined {
  if (!isLoopbackHost(headers.host)) return new ApiError('Forbidden', 'the proxy serves loopback names only');
  if (headers.origin !== undefined) {
    return new ApiError('Forbidden', 'the proxy is not for pages in browsers: Origin is refused');
  }
  if (token !== undefined && !isShown(headers.authorization, token)) {
    const how = 'write a kubeconfig with outrigger kubeconfig';
    return new ApiError('Unauthorized', `the proxy wants its token: ${how}`, {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
  if (Object.keys(headers).some((name) => name.startsWith('impersonate-'))) {
    return new ApiError('Forbidden', 'impersonation is not supported: take the credentials of the one who is meant');
  }
  const isPlain = path
    .split('/')
    .slice(1)
    .every((segment) => SEGMENT.test(segment));
  if (!isPlain || !PATHS.test(path)) return new ApiError('NotFound', 'the proxy serves the release API alone');
  return undefined;
}

/** Compared by hashes of equal length, in constant time. */
function isShown(authorization: string | undefined, token: string): boolean {
  const [scheme = '', shown = ''] = (authorization ?? '').split(' ');
  const [left, right] = [shown, token].map((text) => createHash('sha256').update(text).digest());
  return scheme.toLowerCase() === 'bearer' && left !== undefined && right !== undefined && timingSafeEqual(left, right);
}
