import { expect } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import { createEvidenceReader } from '../../functions/traffic/evidence/read-evidence.ts';
import { describeProxies } from '../../functions/traffic/proxies/proxy-status.ts';
import { CREATED_AT, manifestOf } from './canaries.ts';
import { CART, type EvidenceFleet, openEvidenceFleet } from './evidence-fleet.ts';
import { CANARIES, openReleaseEntryPoint, type ReleaseEntryPoint } from './release-entry-point.ts';

/** The release API with the evidence that some environments of `discovery` leave. */
export interface EvidenceApi {
  readonly api: ReleaseEntryPoint;
  readonly fleet: EvidenceFleet;
  /** Sets the clock of the API to that of the environments, and so many seconds on. */
  sync(seconds?: number): void;
}

/** Hosts of both tracks, as a sidecar reports them: stable healthy, all; canary healthy, all. */
export type Hosts = readonly [stableHealthy: number, stable: number, canaryHealthy: number, canary: number];

/**
 * Opens the release API over some environments, and creates the canary `cart`.
 *
 * @param canary what the environments serve
 */
export async function openEvidenceApi(environments: number, canary: Canary): Promise<EvidenceApi> {
  const fleet = openEvidenceFleet(environments);
  const store = createMemoryStore(() => fleet.now);
  const evidence = createEvidenceReader(fleet.store);
  const preview = (): { listeners: []; clusters: []; routes: [] } => ({ listeners: [], clusters: [], routes: [] });
  const api = openReleaseEntryPoint({ store, traffic: { preview, fleet: store, describeProxies, evidence } });
  fleet.now = CREATED_AT;
  fleet.serve(canary);
  expect((await api.ask('POST', CANARIES, { body: manifestOf() })).status).toBe(201);
  return { api, fleet, sync: (seconds = 0) => api.at((fleet.now - CREATED_AT) / 1_000 + seconds) };
}

/** The hosts in a sidecar's own words. */
export function hostsHeard([stableHealthy, stable, canaryHealthy, canary]: Hosts): Readonly<Record<string, number>> {
  return {
    [`${CART}|stable-only.healthy`]: stableHealthy,
    [`${CART}|stable-only.total`]: stable,
    [`${CART}|canary-only.healthy`]: canaryHealthy,
    [`${CART}|canary-only.total`]: canary,
  };
}
