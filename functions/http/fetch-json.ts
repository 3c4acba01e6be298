import https from 'node:https';

/** Fetches a JSON document over HTTPS; rejects for anything but a 200 with JSON of bounded size in bounded time. */
export type FetchJson = (url: string) => Promise<unknown>;

/** A JWK set of 16 RSA keys has some 10 KB, an OIDC discovery document 1 KB. */
const BYTES_MAX = 256 * 1024;

/**
 * Makes a fetch of small JSON documents. Redirects are not followed: they would lead to hosts that nobody named. node:https
 * and not `fetch`, whose undici costs 30 ms of INIT.
 *
 * @param timeoutMs for the whole of it, name resolution included
 * @param ca authorities in PEM instead of the system's
 */
export function createFetchJson(timeoutMs: number, ca?: string): FetchJson {
  return async (url) => {
    if (!url.startsWith('https://')) throw new Error('only https is fetched');
    const text = await new Promise<string>((resolve, reject) => {
      const signal = AbortSignal.timeout(timeoutMs);
      const options = { signal, headers: { accept: 'application/json' }, ...(ca === undefined ? {} : { ca }) };
      const request = https.get(url, options, (response) => {
        if (response.statusCode !== 200) {
          request.destroy(new Error(`answered ${response.statusCode}`));
          return;
        }
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > BYTES_MAX) request.destroy(new Error(`more than ${BYTES_MAX} bytes`));
          else chunks.push(chunk);
        });
        response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
        response.on('error', reject);
      });
      request.on('error', reject);
    });
    const document: unknown = JSON.parse(text);
    return document;
  };
}
