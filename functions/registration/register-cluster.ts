import type { KubeObject } from '../kube-api/cluster-api.ts';
import type { KeyRing } from './keys/key-store.ts';
import { nextRecord, parsedRecord, type RegistrationFacts, refuseSharedIssuer } from './next-record.ts';
import { applyObjects, readObjects } from './objects/apply-objects.ts';
import { differences } from './objects/differences.ts';
import { readNamespaceLevels } from './objects/namespace-levels.ts';
import { type DesiredObjects, desiredObjects, PLACES } from './objects/registered-objects.ts';
import { registeredUrl } from './objects/registered-url.ts';
import type { RecordDocument } from './record/record-store.ts';
import {
  type RegisterOptions,
  type RegistrarTools,
  RegistrationError,
  type RegistrationReport,
  type RegistrationSpec,
} from './registrar.ts';
import { epochOf, minEpochOf, newEpochs } from './registration-record.ts';
import { NEW_RECORD_FOLLOW_MS } from './waits.ts';
import { refuseEndpoint, urlFacts, webhookUrl } from './webhook-url.ts';

/** Kubernetes' own bounds for `timeoutSeconds`. */
const [SECONDS_MIN, SECONDS_MAX] = [1, 30];
const FAIL_FIRST =
  'failurePolicy Fail from the start: while the endpoint cannot be reached no Pod of these namespaces is made; ' +
  'begin with Ignore in one namespace, see that Pods are injected, and turn to Fail then';
const UNRECORDED =
  'the endpoint was not tried: it answers only for clusters that have a record, and a dry run writes none';
const UNTRIED =
  'the endpoint was not tried, because it cannot be reached from here; do it from inside its network: outrigger cluster verify';

/**
 * Registers the webhook with a Kubernetes cluster, or brings its registration up to date; done twice it changes nothing.
 * In this order, and nothing is applied before everything that can be known ahead is known to be good:
 *
 *  1. everything is applied as a server-side dry run: conflicts, rights and the cluster's own policies;
 *  2. a made-up review is sent to the URL that is minted for the epoch that holds;
 *  3. the cluster record is written; then webhook, policy and its binding are applied and read back.
 *
 * Where the cluster has no record, or no URL with a token of ours is registered yet, the record comes before the review:
 * nobody calls that is answered, so it changes nothing, and the endpoint answers nobody without a record.
 *
 * Throws RegistrationError for what its caller can mend.
 */
export async function registerCluster(
  spec: RegistrationSpec,
  tools: RegistrarTools,
  options: RegisterOptions,
  signal: AbortSignal,
): Promise<RegistrationReport> {
  refuseSpec(spec);
  const ring = await signingKeys(spec.fleet, tools, signal);
  const before = await readObjects(tools.api, signal);
  const [record, levels, others, facts] = await Promise.all([
    tools.records.readRecord(spec.cluster, signal),
    readNamespaceLevels(tools.api, signal),
    tools.records.listRecords(signal),
    urlFacts(ring, spec, registeredUrl(before.get('webhook'))),
  ]);
  const isNew = record === undefined;
  const found: RegistrationFacts = {
    ...(isNew
      ? newEpochs(Math.max(tools.now(), 1_000 * ((facts.epoch ?? 0) + 1)))
      : { epoch: Math.max(epochOf(record), facts.epoch ?? 0) }),
    ...(levels === undefined ? {} : { levels }),
    ...(facts.endpoint === undefined ? {} : { before: facts.endpoint }),
  };
  const change = (stored: RecordDocument | undefined): RecordDocument => nextRecord(stored, spec, found);
  refuseSharedIssuer(spec.cluster, change(record), others);
  const planned = await plan(spec, ring, change(record), tools, signal);
  await applyObjects(planned, before, tools, { ...options, dryRun: true }, signal);
  const warnings = [...warningsOf(spec, before.get('webhook')), ...planned.warnings];
  if (levels === undefined) warnings.push('namespaces may not be listed, so Pod Security levels are not known');
  if (options.dryRun) {
    if (isNew && spec.selfTest !== 'None') warnings.push(UNRECORDED);
    if (!isNew) await tryUrl(spec, planned, tools, signal);
    const changes = await applyObjects(planned, before, tools, options, signal);
    return { epoch: found.epoch, changes, warnings };
  }
  // A URL that is refused already is as good as none.
  const isAnswered = facts.epoch !== undefined && facts.epoch >= minEpochOf(record);
  if (isNew || !isAnswered) await tools.records.updateRecord(spec.cluster, change, signal);
  await (isNew ? tryNewUrl : tryUrl)(spec, planned, tools, signal);
  const written = await tools.records.updateRecord(spec.cluster, change, signal);
  // A rotation that began meanwhile has a newer token, and soon accepts no other.
  const isLate = epochOf(written) !== found.epoch;
  const desired = isLate ? await plan(spec, ring, written, tools, signal) : planned;
  if (isLate) await tryUrl(spec, desired, tools, signal);
  const changes = await applyObjects(desired, before, tools, options, signal);
  warnings.push(...(await readBack(desired, tools, signal)));
  return { epoch: epochOf(written), changes, warnings };
}

/** The keys that sign path tokens. Throws RegistrationError where there are none yet. */
export async function signingKeys(
  fleet: string,
  tools: Pick<RegistrarTools, 'keys'>,
  signal: AbortSignal,
): Promise<KeyRing> {
  const ring = await tools.keys.readKeys(signal);
  if (ring !== undefined) return ring;
  throw new RegistrationError(`fleet ${fleet} has no signing keys yet: deploy it, or start it with npm start, first`);
}

/** What to apply for a record. */
async function plan(
  spec: RegistrationSpec,
  ring: KeyRing,
  record: RecordDocument,
  tools: RegistrarTools,
  signal: AbortSignal,
): Promise<DesiredObjects> {
  const parsed = parsedRecord(spec.cluster, record);
  const url = await webhookUrl(ring, spec, spec.endpoint.url, epochOf(record));
  return await desiredObjects(spec, url, parsed, tools.templates, signal);
}

/** The endpoint must show that it answers under the very URL, where it can be reached from here. */
async function tryUrl(
  { endpoint, selfTest }: RegistrationSpec,
  { webhook }: DesiredObjects,
  tools: RegistrarTools,
  signal: AbortSignal,
): Promise<void> {
  if (selfTest === 'None') return;
  const why = await tools.probe(String(registeredUrl(webhook)), endpoint.ca, signal);
  if (why === undefined) return;
  throw new RegistrationError(`nothing was applied: the endpoint did not answer a made-up review as it should: ${why}`);
}

/** The same where the record was written a moment ago: who called before may still be held for unknown. */
async function tryNewUrl(...[spec, planned, tools, signal]: Parameters<typeof tryUrl>): Promise<void> {
  await tryUrl(spec, planned, tools, signal).catch(async (error: unknown) => {
    if (!(error instanceof RegistrationError)) throw error;
    await tools.wait(NEW_RECORD_FOLLOW_MS, signal);
    await tryUrl(spec, planned, tools, signal);
  });
}

async function readBack(
  desired: DesiredObjects,
  tools: RegistrarTools,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const actual = await readObjects(tools.api, signal);
  const wanted = { webhook: desired.webhook, ...desired.companion };
  return Object.entries(wanted).flatMap(([kind, object]) => {
    const place = Object.values(PLACES).find((p) => p.kind === kind);
    const found = place === undefined ? undefined : actual.get(place.kind);
    const paths = differences(object, found).map((d) => d.path);
    return paths.length === 0
      ? []
      : [`${place?.title}: something in the cluster changed what was applied: ${paths.join(', ')}`];
  });
}

function warningsOf(spec: RegistrationSpec, webhook: KubeObject | undefined): string[] {
  const isFailFirst = spec.failurePolicy === 'Fail' && webhook === undefined;
  return [...(isFailFirst ? [FAIL_FIRST] : []), ...(spec.selfTest === 'None' ? [UNTRIED] : [])];
}

function refuseSpec(spec: RegistrationSpec): void {
  refuseEndpoint(spec.endpoint.url);
  const { timeoutSeconds } = spec;
  if (!Number.isInteger(timeoutSeconds) || timeoutSeconds < SECONDS_MIN || timeoutSeconds > SECONDS_MAX) {
    throw new RegistrationError(`timeoutSeconds must be from ${SECONDS_MIN} to ${SECONDS_MAX}`);
  }
}
