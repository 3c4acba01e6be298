import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { FleetState } from '../../../functions/template/template-cache.ts';
import { localEndpointRecord } from '../../local/discovery.ts';
import { openLocalStore } from '../../local/local-store.ts';
import { loadIssuerKeys, readLocalEndpoint } from '../../local/state.ts';
import { UsageError } from '../errors.ts';
import { readState } from '../state.ts';
import { openFleet } from '../template/fleet.ts';
import type { TargetOptions } from './target.ts';

/** A cluster's record with the templates that it is served: a fleet's, or those of `npm start` in a state folder. */
export async function loadClusterState(options: TargetOptions & { readonly cluster: string }): Promise<FleetState> {
  const { stateDir, templates, cluster, fleet } = options;
  if (stateDir === undefined) {
    const { store } = await openFleet(options);
    const state = await readState(store, cluster, (_faults, cause) => {
      throw cause;
    });
    return { ...state, fleet };
  }
  const endpoint = await endpointRecord(stateDir);
  const store = openLocalStore(resolve(templates), resolve(stateDir), () => endpoint);
  return await readState(store, cluster, (faults) => {
    throw new UsageError(`no templates can be read from ${templates}: ${faults.join('; ')}`);
  });
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
