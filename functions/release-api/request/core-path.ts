import { badName, LABEL, takeCluster, takeNamespace, unknownPath } from './segments.ts';

/** What a path of Kubernetes' own group names, of which kubectl asks for two resources: events of canaries, and namespaces. */
export type CorePlace =
  /** A namespace of the name; nothing is known of it, so that each valid name has one. */
  | { readonly kind: 'namespace'; readonly name: string }
  /** Events of the canaries of one namespace, or of all; `cluster` is absent in the short form. */
  | { readonly kind: 'events'; readonly cluster?: string; readonly namespace?: string };

/** Where the core group stands. */
export const CORE_PATH = '/api/v1';

/**
 * Reads the segments behind `/api/v1`: `[clusters/{cluster}/]namespaces/{name}` and
 * `[clusters/{cluster}/][namespaces/{namespace}/]events`. Throws ApiError 404 for anything else, and 400 for a name that
 * nothing can have.
 */
export function readCorePlace(segments: readonly string[]): CorePlace {
  const rest = [...segments];
  const cluster = takeCluster(rest);
  const [word, name = '', ...more] = rest;
  if (word === 'namespaces' && more.length === 0) {
    if (!LABEL.test(name)) throw badName('namespace');
    return { kind: 'namespace', name };
  }
  const within = { ...cluster, ...takeNamespace(rest) };
  if (rest.length !== 1 || rest[0] !== 'events') throw unknownPath();
  return { kind: 'events', ...within };
}
