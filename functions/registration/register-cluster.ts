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
import { tryNewUrl, tryUrl } from './self-test.ts';
import { signingKeys } from './signing-keys.ts';
import { refuseEndpoint, type UrlFacts, urlFacts, webhookUrl } from './webhook-url.ts';

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
 * Registers the webhook with a Kubernetes cluster, or brings its registration up to date; a second run changes nothing.
 * In this order, and nothing is applied before everything that can be known ahead is known to be good:
 *
 *  1. everything is applied as a server-side dry run: conflicts, rights and the cluster's own policies;
 *  2. a made-up review is sent to the URL that is minted for the epoch that holds;
 *  3. the cluster record is written; then webhook, policy and its binding are applied and read back.
 *
 * Where the cluster has no record, or no URL with a token of ours is registered yet, the record comes before the review:
 * no API server calls the endpoint with a valid token yet, so the record changes nothing, and the endpoint refuses every call
 * for a cluster that has no record.
 *
 * Throws RegistrationError for what its caller can put right.
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
  const found = registrationFacts(record, facts, levels, tools.now());
  const change = (stored: RecordDocument | undefined): RecordDocument => nextRecord(stored, spec, found);
  refuseSharedIssuer(spec.cluster, change(record), others);
  const planned = await plan(spec, ring, change(record), tools, signal);
  await applyObjects(planned, before, tools, { ...options, dryRun: true }, signal);
  const warnings = [...warningsOf(spec, before.get('webhook')), ...planned.warnings];
  if (levels === undefined) warnings.push('namespaces may not be listed, so Pod Security levels are not known');
  if (options.dryRun) {
    if (!isNew) await tryUrl(spec, planned, tools, signal);
    else if (spec.selfTest !== 'None') warnings.push(UNRECORDED);
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

/** What the next record is made of: the epoch, never an earlier one than that of the registered URL, and what was found. */
function registrationFacts(
  record: RecordDocument | undefined,
  { epoch = 0, endpoint }: UrlFacts,
  levels: RegistrationFacts['levels'],
  now: number,
): RegistrationFacts {
  const epochs =
    record === undefined ? newEpochs(Math.max(now, 1_000 * (epoch + 1))) : { epoch: Math.max(epochOf(record), epoch) };
  return {
    ...epochs,
    ...(levels === undefined ? {} : { levels }),
    ...(endpoint === undefined ? {} : { before: endpoint }),
  };
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
