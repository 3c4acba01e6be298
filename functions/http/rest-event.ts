import { RequestError } from '../errors.ts';
import { own } from '../json/check.ts';
import { isRecord } from '../json/faults.ts';
import { decodeBody, findHeader } from './event-parts.ts';
import type { HttpRequest } from './http-request.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * A stage that is the first segment of a path: the URL of a REST API begins with a stage, and Envoy asks for
 * `/v3/discovery:…` of a host, with nothing before it (infra/deploy/profiles/rest-common.yml).
 */
const PROXIES_STAGE = 'v3';

/**
 * Reads a Lambda event in payload format 1.0, as REST APIs send it (docs.aws.amazon.com, apigateway,
 * set-up-lambda-proxy-integrations): `path` without the stage, header names as the caller wrote them, repeated headers
 * and query parameters in the `multiValue…` maps, whose last value stands in the plain ones. Any other shape, a load
 * balancer's among them, is a RequestError 400.
 */
export function readRestRequest(event: unknown): HttpRequest {
  const context = isRecord(event) ? own(event, 'requestContext') : undefined;
  const stage = isRecord(context) ? own(context, 'stage') : undefined;
  // A load balancer's event has httpMethod and path as well, but no stage.
  if (!isRecord(event) || typeof stage !== 'string') {
    throw new RequestError(400, 'the event is none of an HTTP API (payload format 2.0), a Function URL or a REST API');
  }
  const method = own(event, 'httpMethod');
  const path = own(event, 'path');
  if (typeof method !== 'string' || typeof path !== 'string') {
    throw new RequestError(400, 'the event lacks httpMethod or path');
  }
  const headers = joinedHeaders(event);
  return {
    method: method.toUpperCase(),
    path: stage === PROXIES_STAGE ? `/${stage}${path}` : path,
    query: (name) => firstQuery(event, name),
    header: (name) => findHeader(headers, name),
    readBody: () => decodeBody(own(event, 'body'), own(event, 'isBase64Encoded') === true),
  };
}

/** Repeated headers as payload format 2.0 has them: joined by a comma. */
function joinedHeaders(event: Fields): Fields {
  const many = own(event, 'multiValueHeaders');
  const one = own(event, 'headers');
  const joined = new Map(isRecord(one) ? Object.entries(one) : []);
  for (const [name, values] of isRecord(many) ? Object.entries(many) : []) {
    if (Array.isArray(values) && values.every((value) => typeof value === 'string')) joined.set(name, values.join(','));
  }
  return Object.fromEntries(joined);
}

/** The first value, as in payload format 2.0; REST APIs decode it already. */
function firstQuery(event: Fields, name: string): string | undefined {
  const many = own(event, 'multiValueQueryStringParameters');
  const values = isRecord(many) ? own(many, name) : undefined;
  const one = own(event, 'queryStringParameters');
  const value = Array.isArray(values) ? values[0] : isRecord(one) ? own(one, name) : undefined;
  return typeof value === 'string' ? value : undefined;
}
