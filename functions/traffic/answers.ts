import { routeConfiguration } from './route-configuration.ts';
import type { Snapshot } from './snapshot.ts';
import { versionOf } from './version.ts';
import { RESOURCE_TYPES, type ResourceKind, type XdsMessage } from './xds.ts';

/** One answer to a poll, as text, made once for all proxies that get it. */
export interface Answer {
  readonly version: string;
  readonly body: string;
}

/** The three answers of a snapshot. */
export type Answers = Readonly<Record<ResourceKind, Answer>>;

/**
 * The first answer of every proxy that asks for routes: the catch-all alone. It needs no store and no Envoy cluster
 * that CDS would have to bring first, so a listener is never without routes.
 */
export const FIRST_ROUTES: Answer = answerOf('routes', [routeConfiguration([])]);

/** Writes the answers of a snapshot. */
export function answersOf(snapshot: Snapshot): Answers {
  return {
    listeners: answerOf('listeners', snapshot.listeners),
    clusters: answerOf('clusters', snapshot.clusters),
    routes: answerOf('routes', snapshot.routes),
  };
}

/** A DiscoveryResponse as protobuf's JSON mapping has it (envoy.service.discovery.v3). */
function answerOf(kind: ResourceKind, resources: readonly XdsMessage[]): Answer {
  const text = JSON.stringify(resources);
  const version = versionOf(text);
  return { version, body: `{"version_info":"${version}","type_url":"${RESOURCE_TYPES[kind]}","resources":${text}}` };
}
