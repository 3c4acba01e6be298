import type { FreezePlace } from '../../canary/freeze/freeze.ts';
import type { SteerVerb } from '../../releases/steer-release.ts';
import { GROUP } from '../response/api-error.ts';
import { CORE_PATH, type CorePlace, readCorePlace } from './core-path.ts';
import { badName, LABEL, RELEASE_API_PATH, takeCluster, takeNamespace, unknownPath } from './segments.ts';

/** What starts and steers a release that advances by itself. */
export const STEER_VERBS = [
  'start',
  'promote',
  'pause',
  'resume',
  'skip',
  'undo',
] as const satisfies readonly SteerVerb[];
/** What stands behind a canary's name in a path. */
export const PARTS = [
  ...(['weights', 'abort', 'retry'] as const),
  ...STEER_VERBS,
  ...(['preview', 'proxies', 'evidence', 'history'] as const),
] as const;
/** What of a canary a path may name besides the canary itself. */
export type Part = (typeof PARTS)[number];

/** What a path to freezes names; without a name all of the place. */
export interface FreezesPlace {
  readonly kind: 'freezes';
  readonly scope: FreezePlace['scope'];
  readonly cluster?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** What the API has of itself. */
export type ApiDocument =
  | ('groups' | 'group' | 'resources' | 'health')
  | ('coreVersions' | 'coreResources' | 'version' | 'openApiIndex' | 'openApi' | 'openApiSwagger');

/** What a path of the release API names. */
export type Place =
  | { readonly kind: 'document'; readonly document: ApiDocument }
  | CorePlace
  /** The last drift report of a Kubernetes cluster. */
  | { readonly kind: 'drift'; readonly cluster?: string }
  /** Freezes of the fleet, of a Kubernetes cluster or of a namespace; `cluster` is absent in the short form, and for the fleet. */
  | FreezesPlace
  /** Canaries of one namespace, or of all; `cluster` is absent in the short form. */
  | { readonly kind: 'list'; readonly cluster?: string; readonly namespace?: string }
  | {
      readonly kind: 'canary';
      readonly cluster?: string;
      readonly namespace: string;
      readonly name: string;
      readonly part?: Part;
    };

/** Longer ones name nothing. */
const PATH_CHARACTERS_MAX = 1_024;

const DOCUMENTS = new Map([
  ['/apis', 'groups'],
  [`/apis/${GROUP}`, 'group'],
  [RELEASE_API_PATH, 'resources'],
  ['/healthz', 'health'],
  ['/api', 'coreVersions'],
  [CORE_PATH, 'coreResources'],
  ['/version', 'version'],
  ['/openapi/v2', 'openApiSwagger'],
  ['/openapi/v3', 'openApiIndex'],
  [`/openapi/v3${RELEASE_API_PATH}`, 'openApi'],
] as const);

/**
 * Reads `/apis/outrigger.dev/v1alpha1/[clusters/{cluster}/]` and behind it `[namespaces/{namespace}/]canaries[/{name}[/{part}]]`,
 * `[namespaces/{namespace}/]freezes[/{name}]` or `drift`; `…/fleet/freezes[/{name}]`, for all Kubernetes clusters; what the API
 * has of itself; and what kubectl asks for of Kubernetes' core group. Throws ApiError 404 for anything else, and 400 for a name that no canary can have.
 */
export function readPlace(path: string): Place {
  const document = [...DOCUMENTS].find(([place]) => place === path)?.[1];
  if (document !== undefined) return { kind: 'document', document };
  if (path.length > PATH_CHARACTERS_MAX) throw unknownPath();
  const segments = path.split('/');
  if (segments.slice(0, 3).join('/') === CORE_PATH) return readCorePlace(segments.slice(3));
  if (segments.slice(0, 4).join('/') !== RELEASE_API_PATH) throw unknownPath();
  const rest = segments.slice(4);
  if (rest[0] === 'fleet') return readFreezes(rest.slice(1), 'Fleet');
  const where = takeCluster(rest);
  if (rest.length === 1 && rest[0] === 'drift') return { kind: 'drift', ...where };
  const { namespace } = takeNamespace(rest);
  const within = { ...where, ...(namespace === undefined ? {} : { namespace }) };
  if (rest[0] === 'freezes') {
    return { ...within, ...readFreezes(rest, namespace === undefined ? 'Cluster' : 'Namespace') };
  }
  return { ...where, ...readCanaries(rest, namespace) };
}

/** Reads `freezes[/{name}]`. */
function readFreezes(segments: readonly string[], scope: FreezesPlace['scope']): FreezesPlace {
  const [resource, name, ...more] = segments;
  if (resource !== 'freezes' || more.length > 0) throw unknownPath();
  if (name === undefined) return { kind: 'freezes', scope };
  if (!LABEL.test(name)) throw badName('name');
  return { kind: 'freezes', scope, name };
}

/** Reads `canaries[/{name}[/{part}]]`. */
function readCanaries(
  segments: readonly string[],
  namespace: string | undefined,
): Extract<Place, { kind: 'list' | 'canary' }> {
  const [resource, name, part, ...more] = segments;
  if (resource !== 'canaries' || more.length > 0) throw unknownPath();
  if (name === undefined) return { kind: 'list', ...(namespace === undefined ? {} : { namespace }) };
  if (namespace === undefined) throw unknownPath();
  if (!LABEL.test(name)) throw badName('name');
  const known = PARTS.find((p) => p === part);
  if (part !== undefined && known === undefined) throw unknownPath();
  return { kind: 'canary', namespace, name, ...(known === undefined ? {} : { part: known }) };
}
