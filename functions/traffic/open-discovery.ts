import { randomUUID } from 'node:crypto';
import type { EvidenceWriter } from '../canary/evidence/evidence-store.ts';
import type { PaceStore } from '../canary/pace.ts';
import type { ProxyReportStore } from '../canary/proxy-reports.ts';
import type { CanaryReader } from '../canary/store.ts';
import { errorName } from '../errors.ts';
import { canaryRefused, reportsNotWritten, storeUnreadable } from '../events.ts';
import { createFetchJson, type FetchJson } from '../http/fetch-json.ts';
import type { HttpResult } from '../http/result.ts';
import { createIssuerKeys } from '../identity/issuer-keys.ts';
import { createProxyTokenVerifier } from '../identity/proxy-token.ts';
import { ISSUER_FETCH_MS, STORE_READ_MS } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Snapshot } from '../template-store/cache/bundled-templates.ts';
import { logProblem } from '../template-store/store-problem.ts';
import { createCanaryCache } from './canary-cache.ts';
import { createEvidence } from './evidence/evidence.ts';
import { countRefused } from './evidence/refused-figures.ts';
import { createKnownClusters, type KnownClusters } from './known-clusters.ts';
import { createPaceWriter } from './proxies/pace-writer.ts';
import { createReportWriter } from './proxies/report-writer.ts';
import { createDiscovery } from './serve-discovery.ts';
import { createServedAnswers } from './served-answers.ts';

/** What a discovery entry point stands on. */
export interface DiscoveryParts {
  readonly fleet: string;
  /** Every cluster record, by the cluster's name. */
  readonly readRecords: (signal: AbortSignal) => Promise<ReadonlyMap<string, unknown>>;
  /** Records older than this are read again; milliseconds. */
  readonly recordsTtlMs: number;
  /** Whether aged records are served while new ones are read (a Lambda), or the poll waits (local files). */
  readonly serveStale: boolean;
  readonly store: CanaryReader & ProxyReportStore & EvidenceWriter & PaceStore;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly snapshot?: Snapshot;
  /** Stands in for the network where issuers are tried. */
  readonly fetchJson?: FetchJson;
}

/** A discovery entry point, and the records that it knows (to be read ahead). */
export interface DiscoveryEntryPoint {
  readonly handler: (event: unknown) => Promise<HttpResult>;
  readonly clusters: KnownClusters;
}

/** Wires the control plane together: the same in Lambda and behind the local gateway. */
export function openDiscovery(parts: DiscoveryParts): DiscoveryEntryPoint {
  const { fleet, store, log, now } = parts;
  const report = (cluster: string, error: unknown): void =>
    log(storeUnreadable, { name: `canaries of ${cluster}`, why: errorName(error) });
  const notWritten = (cluster: string, error: unknown): void =>
    log(reportsNotWritten, { cluster, why: errorName(error) });
  const clusters = createKnownClusters(parts.readRecords, {
    ttlMs: parts.recordsTtlMs,
    readMs: STORE_READ_MS,
    serveStale: parts.serveStale,
    now,
    random: Math.random,
    report: logProblem(log),
    ...(parts.snapshot === undefined ? {} : { snapshot: parts.snapshot }),
  });
  const keys = createIssuerKeys(parts.fetchJson ?? createFetchJson(ISSUER_FETCH_MS), now);
  const environment = randomUUID();
  const handler = createDiscovery({
    verifyToken: createProxyTokenVerifier(keys, fleet, now),
    clusters,
    canaries: createCanaryCache(store, {
      now,
      onFailure: report,
      onUnsound: (cluster, canary, why) => log(canaryRefused, { cluster, canary, why }),
    }),
    serve: createServedAnswers(now),
    fleet: createReportWriter(store, { environment, onFailure: notWritten }),
    evidence: createEvidence(store, { environment, onFailure: notWritten, onRefused: countRefused(log) }),
    pace: createPaceWriter(store, notWritten),
    log,
    now,
    random: Math.random,
  });
  return { handler, clusters };
}
