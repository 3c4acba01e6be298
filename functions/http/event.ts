import { RequestError } from '../errors.ts';
import { isRecord } from '../faults.ts';

/**
 * Lambda's limit for a synchronous invocation is 6 MB, event included (AWS Invoke API), and kube-apiserver's for an
 * object 3 MiB, so every review that can be delivered fits. The bound protects the other ways in (local gateway).
 */
export const BODY_BYTES_MAX = 6 * 1024 * 1024;

/** What a door needs of an HTTP API (payload 2.0) or Function URL event; the body is decoded only on demand. */
export interface HttpRequest {
  readonly method: string;
  /** Decoded path without the stage, e.g. `/v1/mutate/local/eyJ…`. A secret may stand in it: never log it. */
  readonly path: string;
  /** The first value of a query parameter, undefined when absent. */
  query(name: string): string | undefined;
  /** A header by its lower-case name. */
  header(name: string): string | undefined;
  /** The body as text. Throws RequestError 400 (not base64, not UTF-8) or 413 (more than `BODY_BYTES_MAX`). */
  readBody(): string;
}

/**
 * Reads a Lambda event in payload format 2.0, as HTTP APIs and Function URLs send it
 * (docs.aws.amazon.com, apigateway, http-api-develop-integrations-lambda). Any other shape is a RequestError 400.
 */
export function readRequest(event: unknown): HttpRequest {
  if (!isRecord(event) || !isRecord(event['requestContext']) || !isRecord(event['requestContext']['http'])) {
    throw new RequestError(400, 'the event is neither an HTTP API event (payload format 2.0) nor a Function URL event');
  }
  const method = event['requestContext']['http']['method'];
  const path = event['rawPath'];
  if (typeof method !== 'string' || typeof path !== 'string') {
    throw new RequestError(400, 'the event lacks requestContext.http.method or rawPath');
  }
  const headers = isRecord(event['headers']) ? event['headers'] : {};
  const query = typeof event['rawQueryString'] === 'string' ? event['rawQueryString'] : '';
  return {
    method: method.toUpperCase(),
    path: withoutStage(path, event['requestContext']['stage']),
    query: (name) => (query.includes(name) ? (new URLSearchParams(query).get(name) ?? undefined) : undefined),
    header: (name) => findHeader(headers, name),
    readBody: () => decodeBody(event['body'], event['isBase64Encoded'] === true),
  };
}

/** HTTP APIs with a named stage put it before rawPath; `$default` does not. */
function withoutStage(path: string, stage: unknown): string {
  if (typeof stage !== 'string' || stage === '' || stage === '$default') return path;
  return path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : path;
}

/** API Gateway and Function URLs lower-case header names; a caller that does not (a test, a proxy) is found as well. */
function findHeader(headers: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const direct = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (typeof direct === 'string') return direct;
  for (const [key, value] of Object.entries(headers)) {
    if (typeof value === 'string' && key.toLowerCase() === name) return value;
  }
  return undefined;
}

function decodeBody(body: unknown, isBase64: boolean): string {
  if (body === undefined || body === null) return '';
  if (typeof body !== 'string') throw new RequestError(400, 'the body of the event is not a string');
  if (!isBase64) {
    refuseLarge(Buffer.byteLength(body));
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
