import { CANARY_API_VERSION } from '../../canary/canary.ts';
import type { HttpResult } from '../../http/result.ts';
import { type Place, STEER_VERBS } from '../request/path.ts';
import { GROUP } from '../response/api-error.ts';
import { answer } from '../response/response.ts';

const VERSION = { groupVersion: CANARY_API_VERSION, version: CANARY_API_VERSION.slice(`${GROUP}/`.length) };
const APIS = { name: GROUP, versions: [VERSION], preferredVersion: VERSION };

const resource = (name: string, kind: string, verbs: readonly string[]): object => ({
  name,
  singularName: name === 'canaries' ? 'canary' : '',
  namespaced: name !== 'drift',
  kind,
  verbs,
});

/** What tools ask first, as kube-apiserver answers it (meta/v1 APIGroupList, APIGroup, APIResourceList). */
const DOCUMENTS: Readonly<Record<Extract<Place, { kind: 'document' }>['document'], object>> = {
  groups: { kind: 'APIGroupList', apiVersion: 'v1', groups: [APIS] },
  group: { kind: 'APIGroup', apiVersion: 'v1', ...APIS },
  resources: {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: CANARY_API_VERSION,
    resources: [
      resource('canaries', 'Canary', ['create', 'delete', 'get', 'list', 'patch', 'update']),
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
};

/** A document of the API itself. */
export function apiDocument(document: keyof typeof DOCUMENTS): HttpResult {
  return answer(200, DOCUMENTS[document]);
}
