import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readStage } from '../../../functions/drift/registered-namespaces.ts';
import type { FleetState } from '../../../functions/template-store/cache/fleet-state.ts';
import type { TemplateStore } from '../../../functions/template-store/store.ts';
import { localEndpointRecord } from '../../local/server/discovery.ts';
import { readLocalEndpoint } from '../../local/server/endpoint-file.ts';
import { openLocalStore } from '../../local/server/local-store.ts';
import { loadIssuerKeys } from '../../local/server/state.ts';
import { UsageError } from '../errors.ts';
import { openFleet } from '../fleet.ts';
import { readState } from '../state.ts';
import type { TargetOptions } from './target.ts';

/** The longest that one read may take. */
const READ_MS = 10_000;

/** What a cluster is served, and where. */
export interface ClusterState {
  readonly state: FleetState;
  /** The only namespaces whose Pods are sent to the webhook. */
  readonly stage?: readonly string[];
}

/** A cluster's record with the templates that it is served: a fleet's, or those of `npm start` in a state folder. */
export async function loadClusterState(options: TargetOptions & { readonly cluster: string }): Promise<ClusterState> {
  const { stateDir, templates, cluster, fleet } = options;
  if (stateDir === undefined) {
    const { store } = await openFleet(options);
    const state = await readState(store, cluster, (_faults, cause) => {
      throw cause;
    });
    return await withStage(store, { ...state, fleet });
  }
  const endpoint = await endpointRecord(stateDir);
  const store = openLocalStore(resolve(templates), resolve(stateDir), () => endpoint);
  const state = await readState(store, cluster, (faults) => {
    throw new UsageError(`no templates can be read from ${templates}: ${faults.join('; ')}`);
  });
  return await withStage(store, state);
}

async function withStage(store: TemplateStore, state: FleetState): Promise<ClusterState> {
  const stage = await readStage(store, state.cluster, AbortSignal.timeout(READ_MS));
  return { state, ...(stage === undefined ? {} : { stage }) };
}

/** What a running endpoint adds to its cluster's record; nothing where none runs. */
async function endpointRecord(stateDir: string): Promise<Readonly<Record<string, unknown>>> {
  const endpoint = await readLocalEndpoint(stateDir);
  if (endpoint === undefined) return {};
  const { hostname, port } = new URL(endpoint.url);
  const ca = endpoint.caFile === undefined ? undefined : await readFile(endpoint.caFile, 'utf8');
  const host = hostname.replace(/^\[|\]$/g, '');
  return localEndpointRecord({ host, port: Number(port), ca }, await loadIssuerKeys(resolve(stateDir)));
}
