import { CANARY_API_VERSION } from '../../canary/canary.ts';
import type { HttpRequest } from '../../http/http-request.ts';
import type { HttpResult } from '../../http/result.ts';
import { type ApiDocument, STEER_VERBS } from '../request/path.ts';
import { GROUP } from '../response/api-error.ts';
import { answer } from '../response/response.ts';
import { openApiIndex, openApiOfGroup, openApiOfSwagger } from './open-api-answers.ts';

const VERSION = { groupVersion: CANARY_API_VERSION, version: CANARY_API_VERSION.slice(`${GROUP}/`.length) };
const APIS = { name: GROUP, versions: [VERSION], preferredVersion: VERSION };

const resource = (name: string, kind: string, verbs: readonly string[], more: object = {}): object => ({
  name,
  singularName: name === 'canaries' ? 'canary' : '',
  namespaced: name !== 'drift',
  kind,
  verbs,
  ...more,
});

/** What tools ask first, as kube-apiserver answers it (meta/v1 APIVersions, APIGroupList, APIGroup, APIResourceList). */
const DOCUMENTS = {
  groups: { kind: 'APIGroupList', apiVersion: 'v1', groups: [APIS] },
  group: { kind: 'APIGroup', apiVersion: 'v1', ...APIS },
  resources: {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: CANARY_API_VERSION,
    resources: [
      resource('canaries', 'Canary', ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'], {
        shortNames: ['cn'],
        categories: ['all'],
      }),
      resource('canaries/weights', 'CanaryWeights', ['get', 'update']),
      resource('canaries/abort', 'Canary', ['create']),
      resource('canaries/retry', 'Canary', ['create']),
      ...STEER_VERBS.map((verb) => resource(`canaries/${verb}`, 'Canary', ['create'])),
      resource('canaries/preview', 'CanaryPreview', ['get']),
      resource('canaries/proxies', 'CanaryProxies', ['get']),
      resource('canaries/evidence', 'CanaryEvidence', ['get']),
      resource('canaries/history', 'CanaryHistory', ['get']),
      resource('freezes', 'Freeze', ['delete', 'get', 'list', 'update']),
      resource('drift', 'DriftReport', ['get']),
    ],
  },
  health: { status: 'ok' },
  coreVersions: { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] },
  coreResources: {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [
      { name: 'events', singularName: 'event', namespaced: true, kind: 'Event', shortNames: ['ev'], verbs: ['list'] },
      {
        ...{ name: 'namespaces', singularName: 'namespace', namespaced: false },
        ...{ kind: 'Namespace', shortNames: ['ns'], verbs: ['get'] },
      },
    ],
  },
  // The version of Kubernetes whose kubectl this is held to (test/real/kubectl.test.ts): another than one's own by more than
  // one is warned of.
  version: { major: '1', minor: '36', gitVersion: 'v1.36.0+outrigger', platform: 'aws/lambda' },
} as const satisfies Partial<Record<ApiDocument, object>>;

/** A document of the API itself. @param now milliseconds since the epoch */
export function apiDocument(document: ApiDocument, request: HttpRequest, now: number): HttpResult {
  switch (document) {
    case 'openApiIndex':
      return openApiIndex();
    case 'openApi':
      return openApiOfGroup(request, now);
    case 'openApiSwagger':
      return openApiOfSwagger();
    default:
      return answer(200, DOCUMENTS[document]);
  }
}

/** `GET /api/v1/namespaces/{name}`: kubectl asks for it where it finds nothing, and hides our words where it is not there. */
export function namespaceDocument(name: string): HttpResult {
  const metadata = { name, labels: { 'kubernetes.io/metadata.name': name } };
  return answer(200, { kind: 'Namespace', apiVersion: 'v1', metadata, status: { phase: 'Active' } });
}
