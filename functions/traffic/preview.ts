import type { Canary } from '../canary/canary.ts';
import type { ClusterRecord } from '../cluster-record/cluster-record.ts';
import { answersOf } from './answers.ts';
import { soundCanaries } from './quarantine.ts';
import { viewOf } from './served-answers.ts';
import { snapshotFor } from './snapshot.ts';
import type { ResourceKind } from './xds/xds.ts';

/** A DiscoveryResponse as `discovery` sends it, as JSON. */
export interface DiscoveryResponse {
  readonly version_info: string;
  readonly type_url: string;
  readonly resources: readonly unknown[];
}

/**
 * The exact three answers that a proxy of a namespace gets (from its second poll for routes on), from a template that
 * follows a pace.
 *
 * @param canaries all of the Kubernetes cluster
 * @param record the cluster's
 * @param namespace the proxy's
 * @param now milliseconds since the epoch
 */
export function previewAnswers(
  canaries: readonly Canary[],
  record: ClusterRecord,
  namespace: string,
  now: number,
): Readonly<Record<ResourceKind, DiscoveryResponse>> {
  const sound = soundCanaries(canaries, new Map());
  const { listeners, clusters, routes } = answersOf(snapshotFor(sound.canaries, viewOf(record, namespace), now)).paced;
  const read = ({ body }: { readonly body: string }): DiscoveryResponse => JSON.parse(body);
  return { listeners: read(listeners), clusters: read(clusters), routes: read(routes) };
}
