import { RequestError } from '../errors.ts';
import type { HttpRequest } from '../http/http-request.ts';
import { describeFaults } from '../json/faults.ts';
import { type Poll, readPoll } from './poll.ts';
import { ROUTE_CONFIGURATION } from './xds/names.ts';
import { ownVersion } from './xds/version.ts';
import { RESOURCE_TYPES, type ResourceKind } from './xds/xds.ts';

/** `/v3/discovery:routes`; API Gateway hands the colon over as it came, and Envoy's request signing encodes it. */
const PATH = /^\/v3\/discovery(?::|%3A)(listeners|clusters|routes)$/i;
const JSON_TYPE = /^application\/json *(;.*)?$/i;

/** The paths as proxies send them. */
const PATHS: ReadonlyMap<string, ResourceKind> = new Map(
  (['listeners', 'clusters', 'routes'] as const).map((kind) => [`/v3/discovery:${kind}`, kind]),
);

/** Which resources a request asks for. Throws RequestError 404, 405 or 415; the body is not looked at. */
export function kindOf(request: HttpRequest): ResourceKind {
  const known = PATHS.get(request.path) ?? kindInOtherSpelling(request.path);
  if (known === undefined) throw new RequestError(404, 'no such resource type; there are listeners, clusters, routes');
  if (request.method !== 'POST') {
    throw new RequestError(405, `the method is ${request.method}; poll by POST`, { allow: 'POST' });
  }
  const type = request.header('content-type') ?? '';
  if (type !== 'application/json' && !JSON_TYPE.test(type)) {
    throw new RequestError(415, 'the content type must be application/json');
  }
  return known;
}

function kindInOtherSpelling(path: string): ResourceKind | undefined {
  const [, kind] = PATH.exec(path) ?? [];
  return kind === undefined ? undefined : PATHS.get(`/v3/discovery:${kind.toLowerCase()}`);
}

/**
 * Reads the body of a request for one kind. Throws RequestError 400 or 404: an answer that lacks a name that was asked for,
 * or has another type, would be taken as if it were right.
 */
export function readPollOf(request: HttpRequest, kind: ResourceKind): Poll {
  const poll = readPoll(request.readBody());
  if (!poll.valid) throw new RequestError(400, `not a DiscoveryRequest: ${describeFaults(poll.faults)}`);
  const { resourceNames, typeUrl, version } = poll.value;
  if (typeUrl !== undefined && typeUrl !== RESOURCE_TYPES[kind]) {
    throw new RequestError(400, `type_url must be ${RESOURCE_TYPES[kind]} here`);
  }
  const isAll = kind !== 'routes' && resourceNames.every((name) => name === '*');
  const isOne = kind === 'routes' && resourceNames.length === 1 && resourceNames[0] === ROUTE_CONFIGURATION;
  if (isAll || isOne) return version === undefined ? poll.value : { ...poll.value, version: ownVersion(version) };
  throw new RequestError(404, `no such resource; there ${kind === 'routes' ? 'is one, outbound' : 'are only all'}`);
}
