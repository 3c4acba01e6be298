import type { ClusterApi } from '../kube-api/cluster-api.ts';
import type { KeyRing } from './keys/key-store.ts';
import { parsedRecord } from './next-record.ts';
import { type ActualObjects, readObjects } from './objects/apply-objects.ts';
import { type Difference, differences } from './objects/differences.ts';
import { podSecurityWith, readNamespaceLevels, unlessForbidden } from './objects/namespace-levels.ts';
import {
  type DesiredObjects,
  desiredObjects,
  PLACES,
  type RegisteredKind,
  WEBHOOKS_PATH,
} from './objects/registered-objects.ts';
import { registeredUrl, urlsOf } from './objects/registered-url.ts';
import { REGISTRATION_NAME } from './objects/webhook-configuration.ts';
import type { RecordDocument } from './record/record-store.ts';
import { signingKeys } from './register-cluster.ts';
import { registered } from './registered-cluster.ts';
import type { RegistrarTools, RegistrationTarget } from './registrar.ts';
import { epochOf, isRotating, type KeptRegistration } from './registration-record.ts';
import { urlFacts, webhookUrl } from './webhook-url.ts';

/** Something that is not as it was registered, in words: no URL with a token stands in it. */
export interface Finding {
  /** What it is about, as kubectl calls it, or `endpoint`. */
  readonly object: string;
  /** `webhooks[inject.outrigger.dev].failurePolicy: is "Fail", should be "Ignore"` */
  readonly message: string;
}

/** What `verify` saw. */
export interface Verification {
  readonly epoch: number;
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
}

/** One page: a cluster has some dozens of webhook configurations. */
const CONFIGURATIONS_MAX = 500;
/** A value in a sentence is cut here. */
const VALUE_CHARACTERS_MAX = 160;

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
    ...(await findingsOf(target, ring, desired, actual)),
    ...(await othersLike(tools.api, kept.endpoint.url, warnings, signal)),
    ...(await probed(kept, actual, tools, signal)),
  ];
  return { epoch, findings, warnings };
}

async function findingsOf(
  target: RegistrationTarget,
  ring: KeyRing,
  desired: DesiredObjects,
  actual: ActualObjects,
): Promise<readonly Finding[]> {
  const wanted = new Map<RegisteredKind, unknown>([
    ['webhook', desired.webhook],
    ...Object.entries(desired.companion ?? {}),
  ] as [RegisteredKind, unknown][]);
  const findings: Finding[] = [];
  for (const { kind, title } of Object.values(PLACES)) {
    const [object, found] = [wanted.get(kind), actual.get(kind)];
    if (object === undefined && found !== undefined) findings.push({ object: title, message: 'should not be there' });
    if (object !== undefined && found === undefined) findings.push({ object: title, message: 'is missing' });
    if (object === undefined || found === undefined) continue;
    for (const difference of differences(object, found)) {
      findings.push({ object: title, message: await sentence(target, ring, difference) });
    }
  }
  return findings;
}

async function sentence(target: RegistrationTarget, ring: KeyRing, { path, is, should }: Difference): Promise<string> {
  const isUrl = path.endsWith('.url');
  const say = async (value: unknown): Promise<string> =>
    isUrl ? (await urlFacts(ring, target, value)).says : described(value);
  const [found, wanted] = await Promise.all([say(is), say(should)]);
  // The same epoch by another key.
  const why = isUrl && found === wanted ? ' by the newest key: register again' : '';
  return should === undefined
    ? `${path}: is there, should not be (registering leaves it to whoever added it; take it out with kubectl edit)`
    : `${path}: is ${found}, should be ${wanted}${why}`;
}

/** A value in one line; a list of webhooks could hold a URL, so objects that have one are only named. */
function described(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  if (text.includes('clientConfig')) return 'something else';
  return text.length <= VALUE_CHARACTERS_MAX ? text : `${text.slice(0, VALUE_CHARACTERS_MAX)}…`;
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
  // Elsewhere nothing of ours is sent.
  if (typeof url !== 'string' || !url.startsWith(`${endpoint.url}/`)) return [];
  const why = await probe(url, endpoint.ca, signal);
  const where = selfTest === 'None' ? '; it answers only from inside its network, where verify has to be run' : '';
  return why === undefined ? [] : [{ object: 'endpoint', message: `${why}${where}` }];
}
