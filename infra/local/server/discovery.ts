import { readFile } from 'node:fs/promises';
import type { EvidenceWriter } from '../../../functions/canary/evidence/evidence-store.ts';
import type { PaceStore } from '../../../functions/canary/pace.ts';
import type { ProxyReportStore } from '../../../functions/canary/proxy-reports.ts';
import type { CanaryReader } from '../../../functions/canary/store.ts';
import { DISCOVERY_TIMEOUT_MS } from '../../../functions/limits.ts';
import type { Log } from '../../../functions/log.ts';
import type { TemplateStore } from '../../../functions/template-store/store.ts';
import { openDiscovery } from '../../../functions/traffic/open-discovery.ts';
import { FILES_TTL_MS } from './files.ts';
import type { Route } from './gateway.ts';
import { LOCAL_FLEET } from './mutate.ts';
import type { IssuerKeyPair } from './service-account-token.ts';

/** Whose ServiceAccount tokens are taken. */
export interface NamedIssuer {
  readonly issuer: string;
  /** Its JWK set; absent: found by OIDC discovery. */
  readonly jwks?: unknown;
}

/** What the tokens of `outrigger local token` name as their issuer. */
export const LOCAL_ISSUER = 'https://issuer.outrigger.local';

/** On one machine polls cost nothing, and a person waits. */
const REFRESH = { refresh: '2s', routesRefresh: '1s', idle: '2s' };

/** The control plane of the proxies behind a local gateway. */
export function openLocalDiscovery(
  templates: TemplateStore,
  store: CanaryReader & ProxyReportStore & EvidenceWriter & PaceStore,
  log: Log,
): Route {
  const { handler } = openDiscovery({
    fleet: LOCAL_FLEET,
    readRecords: async (signal) => await readRecords(templates, signal),
    recordsTtlMs: FILES_TTL_MS,
    serveStale: false,
    store,
    log,
    now: Date.now,
  });
  return { method: 'ANY', path: '/v3/{proxy+}', handler, timeoutMs: DISCOVERY_TIMEOUT_MS };
}

/** The records of all clusters; undefined stands for one that cannot be read, which hides no other. */
async function readRecords(templates: TemplateStore, signal: AbortSignal): Promise<ReadonlyMap<string, unknown>> {
  const clusters = await templates.listClusters(signal);
  const records = clusters.map(async (cluster): Promise<[string, unknown]> => {
    const record = await templates.getClusterRecord(cluster, signal).catch(() => undefined);
    return [cluster, record];
  });
  return new Map(await Promise.all(records));
}

/** The fields of the local cluster's record that follow from how the gateway was started. */
export function localEndpointRecord(
  { host, port, ca }: { readonly host: string; readonly port: number; readonly ca: string | undefined },
  keys: IssuerKeyPair,
  named?: NamedIssuer,
): Readonly<Record<string, unknown>> {
  return {
    ...(named ?? { issuer: LOCAL_ISSUER, jwks: { keys: [keys.publicJwk] } }),
    discovery: { host, port, ca: ca ?? 'system', ...REFRESH },
  };
}

/** The issuer of `--issuer` and `--jwks`. */
export async function readIssuer(issuer: string, jwksFile: string | undefined): Promise<NamedIssuer> {
  if (jwksFile === undefined) return { issuer };
  const jwks: unknown = JSON.parse(await readFile(jwksFile, 'utf8'));
  return { issuer, jwks };
}
