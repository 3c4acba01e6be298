import type { Snapshot } from './snapshot.ts';
import type { PollForm } from './xds/listener.ts';
import { routeConfiguration } from './xds/route-configuration.ts';
import { versionOf } from './xds/version.ts';
import { RESOURCE_TYPES, type ResourceKind, type XdsMessage } from './xds/xds.ts';

/** One answer to a poll, as text, made once for all proxies that get it. */
export interface Answer {
  readonly version: string;
  readonly body: string;
  /** The header by which a proxy knows an answer of ours; a 304 has it too. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The header that tells an answer of ours from that of any other server at the same address: a stray 200 with a JSON
 * object is an empty configuration to Envoy. The sidecar's filter looks for it (`infra/templates/envoy.yaml`). Its value
 * is the answer's kind and version, `r=0123456789abcdef`, and for sidecars that follow a pace the listeners and Envoy
 * clusters that are current, `l=…;c=…`; readers pass over kinds that they do not know.
 */
export const VERSIONS_HEADER = 'x-outrigger-versions';
const KIND_LETTERS: Readonly<Record<ResourceKind, string>> = { listeners: 'l', clusters: 'c', routes: 'r' };

/** The three answers of a snapshot for a form of asking. */
export type FormAnswers = Readonly<Record<ResourceKind, Answer>>;

/** The answers of a snapshot. Routes and Envoy clusters have one body for all forms. */
export type Answers = Readonly<Record<PollForm, FormAnswers>>;

/**
 * The first answer of every proxy that asks for routes: the catch-all alone. It needs no store and no Envoy cluster
 * that CDS would have to bring first, so a listener is never without routes.
 */
export const FIRST_ROUTES: Answer = answerOf('routes', [routeConfiguration([])]);

/** Writes the answers of a snapshot. */
export function answersOf(snapshot: Snapshot): Answers {
  const clusters = answerOf('clusters', snapshot.clusters);
  const routes = answerOf('routes', snapshot.routes);
  const direct = { listeners: answerOf('listeners', snapshot.listeners.direct), clusters, routes };
  const listeners = answerOf('listeners', snapshot.listeners.paced);
  const headers = { [VERSIONS_HEADER]: `l=${listeners.version};c=${clusters.version}` };
  const paced = (answer: Answer): Answer => ({ ...answer, headers });
  return { direct, paced: { listeners: paced(listeners), clusters: paced(clusters), routes: paced(routes) } };
}

/** A DiscoveryResponse as protobuf's JSON mapping has it (envoy.service.discovery.v3). */
function answerOf(kind: ResourceKind, resources: readonly XdsMessage[]): Answer {
  const text = JSON.stringify(resources);
  const version = versionOf(text);
  const body = `{"version_info":"${version}","type_url":"${RESOURCE_TYPES[kind]}","resources":${text}}`;
  return { version, body, headers: { [VERSIONS_HEADER]: `${KIND_LETTERS[kind]}=${version}` } };
}
