import type { ClusterApi } from '../kube-api/cluster-api.ts';
import { parsedRecord } from './next-record.ts';
import { type Finding, objectFindings } from './object-findings.ts';
import { type ActualObjects, readObjects } from './objects/apply-objects.ts';
import { podSecurityWith, readNamespaceLevels, unlessForbidden } from './objects/namespace-levels.ts';
import { desiredObjects, WEBHOOKS_PATH } from './objects/registered-objects.ts';
import { registeredUrl, urlsOf } from './objects/registered-url.ts';
import { REGISTRATION_NAME } from './objects/webhook-configuration.ts';
import type { RecordDocument } from './record/record-store.ts';
import { registered } from './registered-cluster.ts';
import type { RegistrarTools, RegistrationTarget } from './registrar.ts';
import { epochOf, isRotating, type KeptRegistration } from './registration-record.ts';
import { signingKeys } from './signing-keys.ts';
import { webhookUrl } from './webhook-url.ts';

/** The result of `verify`. */
export interface Verification {
  readonly epoch: number;
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
}

/** One page: a cluster has some dozens of webhook configurations. */
const CONFIGURATIONS_MAX = 500;
/**
 * Compares what is in the cluster with what was registered last, and sends a made-up review to the URL that is
 * registered. The Pod Security levels in the cluster record are brought up to date; nothing else is changed.
 */
export async function verifyCluster(
  target: RegistrationTarget,
  tools: RegistrarTools,
  signal: AbortSignal,
): Promise<Verification> {
  const { record, kept } = await registered(target, tools, signal);
  const ring = await signingKeys(target.fleet, tools, signal);
  const epoch = epochOf(record);
  const url = await webhookUrl(ring, target, kept.endpoint.url, epoch);
  const actual = await readObjects(tools.api, signal);
  const desired = await desiredObjects(kept, url, parsedRecord(target.cluster, record), tools.templates, signal);
  const levels = await readNamespaceLevels(tools.api, signal);
  const warnings = [...desired.warnings];
  if (levels === undefined) warnings.push('namespaces may not be listed, so Pod Security levels are not known');
  else {
    // Never from nothing: a record without its epochs would accept every token of before.
    const withLevels = (stored: RecordDocument | undefined = record): RecordDocument => ({
      ...stored,
      podSecurity: podSecurityWith(stored, levels),
    });
    await tools.records.updateRecord(target.cluster, withLevels, signal);
  }
  if (isRotating(record)) warnings.push('a rotation was begun and not ended; end it with: outrigger cluster rotate');
  const findings = [
    ...(await objectFindings(target, ring, desired, actual)),
    ...(await othersLike(tools.api, kept.endpoint.url, warnings, signal)),
    ...(await probed(kept, actual, tools, signal)),
  ];
  return { epoch, findings, warnings };
}

/** Other configurations that send Pods to the same endpoint: each Pod would make more than one call. */
async function othersLike(
  api: ClusterApi,
  endpoint: string,
  warnings: string[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const page = await unlessForbidden(api.list(WEBHOOKS_PATH, { limit: CONFIGURATIONS_MAX }, signal));
  if (page === undefined) {
    warnings.push('webhook configurations may not be listed, so others like it are not known');
    return [];
  }
  return page.items
    .filter((item) => item.metadata.name !== REGISTRATION_NAME)
    .filter((item) => urlsOf(item).some((url) => typeof url === 'string' && url.startsWith(`${endpoint}/`)))
    .map(({ metadata }) => ({
      object: `mutatingwebhookconfiguration.admissionregistration.k8s.io/${metadata.name}`,
      message: 'sends Pods to this endpoint too; delete it',
    }));
}

async function probed(
  { endpoint, selfTest }: KeptRegistration,
  actual: ActualObjects,
  { probe }: RegistrarTools,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const url = registeredUrl(actual.get('webhook'));
  // No review of ours is sent to another endpoint.
  if (typeof url !== 'string' || !url.startsWith(`${endpoint.url}/`)) return [];
  const why = await probe(url, endpoint.ca, signal);
  const where = selfTest === 'None' ? '; it answers only from inside its network, where verify has to be run' : '';
  return why === undefined ? [] : [{ object: 'endpoint', message: `${why}${where}` }];
}
