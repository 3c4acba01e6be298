import { exchange, NoAnswerError } from './http-client.ts';

/** Fetches a JSON document over HTTPS; rejects for anything but a 200 with JSON of bounded size in bounded time. */
export type FetchJson = (url: string) => Promise<unknown>;

/** A JWK set of 16 RSA keys has some 10 KB, an OIDC discovery document 1 KB. */
const BYTES_MAX = 256 * 1024;

/**
 * Makes a fetch of small JSON documents. Redirects are not followed: they could lead to hosts that no configuration names.
 *
 * @param timeoutMs for the whole of it, name resolution included
 * @param ca authorities in PEM instead of the system's
 */
export function createFetchJson(timeoutMs: number, ca?: string): FetchJson {
  return async (url) => {
    if (!url.startsWith('https://')) throw new Error('only https is fetched');
    const { status, text } = await exchange(new URL(url), {
      method: 'GET',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
      bytesMax: BYTES_MAX,
      ...(ca === undefined ? {} : { tls: { ca } }),
    }).catch(refuse);
    if (status !== 200) throw new Error(`answered ${status}`);
    const document: unknown = JSON.parse(text);
    return document;
  };
}

/** Node's own error tells more of an issuer's trouble than that there was no answer. */
function refuse(error: unknown): never {
  if (!(error instanceof NoAnswerError)) throw error;
  throw error.code === 'TOO_LARGE' ? new Error(`more than ${BYTES_MAX} bytes`) : error.cause;
}
