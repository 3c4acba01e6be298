import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** Content types whose bodies API Gateway hands over as text; all others come as base64. */
const TEXT_TYPE = /^(text\/|application\/(json|javascript|xml)\b|application\/[a-z0-9.-]*\+(json|xml)\b)/i;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * Turns an HTTP request into the event that an HTTP API sends to a Lambda (payload format 2.0): `rawPath` decoded,
 * header names in lower case, repeated headers and query parameters joined by commas, cookies apart.
 *
 * @param routeKey the route that was matched, e.g. `POST /v1/mutate/{cluster}/{token}`
 * @param pathParameters the parts of the path that the route names, decoded
 */
export function toHttpApiEvent(
  request: IncomingMessage,
  body: Buffer,
  routeKey: string,
  pathParameters: Readonly<Record<string, string>>,
): APIGatewayProxyEventV2 {
  const [rawUrlPath = '/', rawQueryString = ''] = splitOnce(request.url ?? '/', '?');
  const rawPath = decodePath(rawUrlPath);
  const { headers, cookies } = readHeaders(request);
  const query = joinQuery(rawQueryString);
  // A body that is not UTF-8 goes as base64 whatever its type says: U+FFFD would change it silently.
  const isText = TEXT_TYPE.test(headers['content-type'] ?? '') && isUtf8(body);
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString,
    ...(cookies.length > 0 ? { cookies } : {}),
    headers: { ...headers, 'x-forwarded-for': request.socket.remoteAddress ?? '' },
    ...(Object.keys(query).length > 0 ? { queryStringParameters: query } : {}),
    ...(Object.keys(pathParameters).length > 0 ? { pathParameters } : {}),
    requestContext: contextOf(request, rawPath, routeKey, headers),
    ...(body.length > 0 ? { body: body.toString(isText ? 'utf8' : 'base64') } : {}),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** Percent-decodes a path; a malformed one stays as it is and matches nothing that needs decoding. */
export function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The text before and after the first separator. */
export function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

function readHeaders(request: IncomingMessage): { headers: Record<string, string>; cookies: string[] } {
  const headers = new Map<string, string>();
  const cookies: string[] = [];
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const name = (request.rawHeaders[i] ?? '').toLowerCase();
    const value = request.rawHeaders[i + 1] ?? '';
    const before = headers.get(name);
    if (name === 'cookie') cookies.push(...value.split(/; */));
    else headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return { headers: Object.fromEntries(headers), cookies };
}

function joinQuery(rawQueryString: string): Record<string, string> {
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    const before = query.get(name);
    query.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(query);
}

function contextOf(
  request: IncomingMessage,
  path: string,
  routeKey: string,
  headers: Readonly<Record<string, string>>,
): APIGatewayProxyEventV2['requestContext'] {
  const now = new Date();
  const two = (n: number): string => String(n).padStart(2, '0');
  return {
    accountId: '000000000000',
    apiId: 'local',
    domainName: (headers['host'] ?? 'local').replace(/:\d+$/, ''),
    domainPrefix: 'local',
    http: {
      method: request.method ?? 'GET',
      path,
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: request.socket.remoteAddress ?? '',
      userAgent: headers['user-agent'] ?? '',
    },
    requestId: `${randomBytes(11).toString('base64url')}=`,
    routeKey,
    stage: '$default',
    time: `${two(now.getUTCDate())}/${MONTHS[now.getUTCMonth()]}/${now.getUTCFullYear()}:${now.toISOString().slice(11, 19)} +0000`,
    timeEpoch: now.getTime(),
  };
}
