import { isDeepStrictEqual } from 'node:util';
import { type ClusterRecord, parseClusterRecord } from '../cluster-record/cluster-record.ts';
import type { EnforcedLevels } from '../cluster-record/pod-security-levels.ts';
import { own } from '../json/check.ts';
import { describeFaults, isRecord } from '../json/faults.ts';
import { podSecurityWith } from './objects/namespace-levels.ts';
import type { RecordDocument } from './record/record-store.ts';
import { refreshHistory } from './record/refresh-history.ts';
import { RegistrationError, type RegistrationSpec } from './registrar.ts';
import { epochOf, keptRegistration, readRegistration } from './registration-record.ts';

/** What registration has read from the cluster and the store, beside its own arguments. */
export interface RegistrationFacts {
  /** The epoch of the token to register. */
  readonly epoch: number;
  /** The lowest epoch that a record accepts which is made new; one that is there keeps its own. */
  readonly minEpoch?: number;
  /** What namespaces enforce; absent where they could not be read: the levels in the record stay. */
  readonly levels?: EnforcedLevels['namespaces'];
  /** The endpoint that was registered before, if any. */
  readonly before?: string;
}

/**
 * The record of a registered cluster. Its fields stay, but for those that the operator sets, and those that follow from the
 * registration. An epoch is never lowered.
 */
export function nextRecord(
  record: RecordDocument | undefined,
  asked: RegistrationSpec,
  facts: RegistrationFacts,
): RecordDocument {
  const { levels } = facts;
  const spec = inScope(record, asked);
  const next: RecordDocument = {
    audience: `outrigger/${spec.fleet}`,
    ...record,
    ...spec.record,
    epoch: Math.max(epochOf(record), facts.epoch),
    ...(record === undefined && facts.minEpoch !== undefined ? { minEpoch: facts.minEpoch } : {}),
    registration: keptRegistration(spec),
    ...(levels === undefined ? {} : { podSecurity: podSecurityWith(record, levels) }),
  };
  const discovery = discoveryOf(record, next, spec, facts.before);
  return withRefreshes(record, discovery === undefined ? next : { ...next, discovery });
}

/** What is asked of this cluster: one whose proxies have a host that was not given this way is not told another. */
function inScope(record: RecordDocument | undefined, asked: RegistrationSpec): RegistrationSpec {
  const named = record === undefined ? undefined : own(record, 'discovery');
  const hasHost = isRecord(named) && own(named, 'host') !== undefined;
  const isOurs = readRegistration(record)?.discovery !== undefined;
  if (asked.discoveryScope !== 'NewClusters' || !hasHost || isOurs) return asked;
  const { discovery: _, ...others } = asked;
  return others;
}

/** Pods of every refresh that there was go on polling with it, and are believed when they say so. */
function withRefreshes(stored: RecordDocument | undefined, next: RecordDocument): RecordDocument {
  const discovery = own(next, 'discovery');
  if (!isRecord(discovery)) return next;
  return { ...next, discovery: { ...discovery, refreshes: refreshHistory(stored, next) } };
}

/** A record as functions will read it. Throws RegistrationError with every fault. */
export function parsedRecord(cluster: string, record: RecordDocument): ClusterRecord {
  const parsed = parseClusterRecord(record);
  if (parsed.valid) return parsed.value;
  throw new RegistrationError(`the record of ${cluster} would not be valid: ${describeFaults(parsed.faults)}`);
}

/**
 * Refuses an issuer that the record of another cluster names too: (iss, kid) of a token must find one cluster. Clusters
 * that were set up by hand share one issuer name, and differ by their keys.
 */
export function refuseSharedIssuer(
  cluster: string,
  record: RecordDocument,
  others: ReadonlyMap<string, RecordDocument | undefined>,
): void {
  const [issuer, jwks] = [own(record, 'issuer'), own(record, 'jwks')];
  if (typeof issuer !== 'string') return;
  for (const [name, other] of others) {
    if (name === cluster || other === undefined || own(other, 'issuer') !== issuer) continue;
    const theirs = own(other, 'jwks');
    const areApart = jwks !== undefined && theirs !== undefined && kidsOf(jwks).isDisjointFrom(kidsOf(theirs));
    if (areApart && !isDeepStrictEqual(jwks, theirs)) continue;
    throw new RegistrationError(
      `the issuer ${issuer} is that of cluster ${name} too, so a token would not show which cluster its Pod runs in; ` +
        'put the keys of each into its record (jwks: kubectl get --raw /openid/v1/jwks), or give the clusters issuers of ' +
        'their own',
    );
  }
}

/**
 * Where proxies ask: what was asked for, or the endpoint. A host that an operator put into the record stays; one that
 * registration put there follows the endpoint.
 *
 * @param stored the record as it was
 */
function discoveryOf(
  stored: RecordDocument | undefined,
  record: RecordDocument,
  spec: RegistrationSpec,
  before: string | undefined,
): unknown {
  const named = own(record, 'discovery');
  const isTold = spec.record !== undefined && Object.hasOwn(spec.record, 'discovery');
  if (isTold || spec.keepsDiscovery === true) return undefined;
  const given = isRecord(named) ? named : undefined;
  const host = given === undefined ? undefined : own(given, 'host');
  const ours = [before, readRegistration(stored)?.discovery].flatMap((url) =>
    url === undefined ? [] : hostOf(url).host,
  );
  const isForeign = host !== undefined && !ours.some((own) => own === host);
  if (isForeign && spec.discovery === undefined) return undefined;
  const { ca: _, ...kept } = given ?? {};
  if (spec.discovery !== undefined) return { ...kept, ...hostOf(spec.discovery) };
  return { ...kept, ...hostOf(spec.endpoint.url), ...(spec.endpoint.ca === undefined ? {} : { ca: spec.endpoint.ca }) };
}

function hostOf(url: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? 443 : Number(port) };
}

function kidsOf(jwks: unknown): Set<unknown> {
  const keys = isRecord(jwks) ? own(jwks, 'keys') : undefined;
  return new Set((Array.isArray(keys) ? keys : []).map((key: unknown) => (isRecord(key) ? own(key, 'kid') : key)));
}
