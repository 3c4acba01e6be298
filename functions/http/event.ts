import { RequestError } from '../errors.ts';
import { isRecord } from '../json/faults.ts';
import { decodeBody, findHeader } from './event-parts.ts';
import type { HttpRequest } from './http-request.ts';
import { readRestRequest } from './rest-event.ts';

export { BODY_BYTES_MAX } from './event-parts.ts';

/**
 * Reads a Lambda event in payload format 2.0, as HTTP APIs and Function URLs send it
 * (docs.aws.amazon.com, apigateway, http-api-develop-integrations-lambda), or in format 1.0, as REST APIs do. Any other
 * shape is a RequestError 400.
 */
export function readRequest(event: unknown): HttpRequest {
  if (!isRecord(event) || !isRecord(event['requestContext']) || !isRecord(event['requestContext']['http'])) {
    return readRestRequest(event);
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
    query: (name) => (query.includes(name) ? (parametersOf(query).get(name) ?? undefined) : undefined),
    header: (name) => findHeader(headers, name),
    readBody: () => decodeBody(event['body'], event['isBase64Encoded'] === true),
  };
}

let latest = { text: '', parameters: new URLSearchParams() };

/** A caller asks with the same query again and again: kube-apiserver's is always its timeout. */
function parametersOf(text: string): URLSearchParams {
  if (latest.text !== text) latest = { text, parameters: new URLSearchParams(text) };
  return latest.parameters;
}

/** HTTP APIs with a named stage put it before rawPath; `$default` does not. */
function withoutStage(path: string, stage: unknown): string {
  if (typeof stage !== 'string' || stage === '' || stage === '$default') return path;
  return path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : path;
}
