import { RequestError } from '../errors.ts';

/**
 * Lambda's limit for a synchronous invocation is 6 MB, event included (AWS Invoke API), and kube-apiserver's for an
 * object 3 MiB, so every review that can be delivered fits. The bound protects the other ways in (local gateway).
 */
export const BODY_BYTES_MAX = 6 * 1024 * 1024;

/** API Gateway and Function URLs lower-case header names; a caller that does not (a test, a proxy) is found as well. */
export function findHeader(headers: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const direct = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (typeof direct === 'string') return direct;
  for (const key of Object.keys(headers)) {
    // Most callers lack some header that is asked for, and only names of its length can be it.
    if (key.length !== name.length || key.toLowerCase() !== name) continue;
    const value = headers[key];
    if (typeof value === 'string') return value;
  }
  return undefined;
}

/** The body of an event as text. Throws RequestError 400 (not base64, not UTF-8) or 413 (more than `BODY_BYTES_MAX`). */
export function decodeBody(body: unknown, isBase64: boolean): string {
  if (body === undefined || body === null) return '';
  if (typeof body !== 'string') throw new RequestError(400, 'the body of the event is not a string');
  if (!isBase64) {
    // A character takes at most three bytes, so most bodies need no counting.
    if (body.length * 3 > BODY_BYTES_MAX) refuseLarge(Buffer.byteLength(body));
    return body;
  }
  refuseLarge(Math.floor(body.length * 0.75));
  if (body.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(body)) {
    throw new RequestError(400, 'the body is marked as base64 but is not base64');
  }
  try {
    // ignoreBOM keeps a byte order mark, which JSON does not allow: it is refused, not swallowed.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(body, 'base64'));
  } catch (cause) {
    throw Object.assign(new RequestError(400, 'the body is not valid UTF-8'), { cause });
  }
}

function refuseLarge(bytes: number): void {
  if (bytes > BODY_BYTES_MAX) {
    throw new RequestError(413, `the body has ${bytes} bytes; at most ${BODY_BYTES_MAX} are accepted`);
  }
}
