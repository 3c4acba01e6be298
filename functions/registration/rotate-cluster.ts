import type { KeyRing } from './keys/key-store.ts';
import { parsedRecord } from './next-record.ts';
import { applyObjects, readObjects } from './objects/apply-objects.ts';
import { desiredObjects } from './objects/registered-objects.ts';
import { registeredUrl } from './objects/registered-url.ts';
import type { RecordDocument } from './record/record-store.ts';
import { registered } from './registered-cluster.ts';
import { type RegistrarTools, RegistrationError, type RegistrationTarget } from './registrar.ts';
import { epochOf, isRotating, minEpochOf } from './registration-record.ts';
import { signingKeys } from './signing-keys.ts';
import { API_SERVERS_FOLLOW_MS, CACHES_FOLLOW_MS } from './waits.ts';
import { urlFacts, webhookUrl } from './webhook-url.ts';

/** How long a rotation waits, in milliseconds; defaults are those of managed clusters and Lambda. */
export interface RotateOptions {
  readonly force: boolean;
  /** Until every API server calls the new URL, and no call to the old one is running. */
  readonly apiServersFollowMs?: number;
  /** Until every function environment has the record in which the old token is refused. */
  readonly cachesFollowMs?: number;
}

const AGAIN = 'make a new one with: outrigger cluster register';

/** What a rotation did. */
export interface Rotation {
  /** The epoch that was accepted before, and the one that is the lowest now. */
  readonly from: number;
  readonly epoch: number;
  /** Whether it went on with one that was interrupted. */
  readonly isResumed: boolean;
  readonly warnings: readonly string[];
}

/**
 * Gives a cluster a new URL and makes the old one worthless, while Pods are being made:
 *
 *  1. the token of the next epoch is minted and tried; old and new are both good;
 *  2. the record gets the new epoch, so that from here on no operator registers the old one again;
 *  3. the new URL is applied, and API servers are waited for;
 *  4. the record's `minEpoch` is raised, and functions are waited for: the old token is refused.
 *
 * After an interruption anywhere a second run resumes it. It never lowers an epoch.
 */
export async function rotateCluster(
  target: RegistrationTarget,
  tools: RegistrarTools,
  options: RotateOptions,
  signal: AbortSignal,
): Promise<Rotation> {
  const { record, kept } = await registered(target, tools, signal);
  const ring = await signingKeys(target.fleet, tools, signal);
  const isResumed = isRotating(record);
  const before = await readObjects(tools.api, signal);
  const old = registeredUrl(before.get('webhook'));
  const { epoch: registeredEpoch = 0 } = await urlFacts(ring, target, old);
  const epoch = isResumed ? epochOf(record) : Math.max(epochOf(record), registeredEpoch) + 1;
  tools.say(isResumed ? `going on with the rotation to epoch ${epoch}` : `rotating to epoch ${epoch}`);
  const url = await webhookUrl(ring, target, kept.endpoint.url, epoch);
  const why = await tools.probe(url, kept.endpoint.ca, signal);
  const isUntried = why !== undefined && kept.selfTest === 'None';
  if (why !== undefined && !isUntried) {
    throw new RegistrationError(
      `nothing was changed: the endpoint did not answer a made-up review as it should: ${why}`,
    );
  }
  const desired = await desiredObjects(kept, url, parsedRecord(target.cluster, record), tools.templates, signal);
  // Conflicts and missing rights show before anything is changed.
  await applyObjects(desired, before, tools, { force: options.force, dryRun: true }, signal);
  await raise(target, tools, { epoch }, signal);
  for (const change of await applyObjects(desired, before, tools, { force: options.force, dryRun: false }, signal)) {
    tools.say(change);
  }
  tools.say('waiting until every API server calls the new URL');
  await tools.wait(options.apiServersFollowMs ?? API_SERVERS_FOLLOW_MS, signal);
  await refuseOlder(target, ring, epoch, tools, signal);
  await raise(target, tools, { epoch, minEpoch: epoch }, signal);
  tools.say('waiting until every function refuses the old token');
  await tools.wait(options.cachesFollowMs ?? CACHES_FOLLOW_MS, signal);
  // What does not answer here at all shows nothing of one token or another.
  if (isUntried) return { from: minEpochOf(record), epoch, isResumed, warnings: [untried(why)] };
  const isDead =
    registeredEpoch >= epoch || typeof old !== 'string' || (await isRefused(old, kept.endpoint, tools, signal));
  const warnings = isDead
    ? []
    : ['the old token was still accepted a moment ago; try it again with: outrigger cluster verify'];
  return { from: minEpochOf(record), epoch, isResumed, warnings };
}

function untried(why: string): string {
  return `neither token was tried (${why}); do it from inside the endpoint's network: outrigger cluster verify`;
}

/** Sets epochs of the record, none of them lower than it is. */
async function raise(
  { cluster }: RegistrationTarget,
  { records }: RegistrarTools,
  epochs: { readonly epoch: number; readonly minEpoch?: number },
  signal: AbortSignal,
): Promise<RecordDocument> {
  return await records.updateRecord(
    cluster,
    (record) => {
      // One of our own making would have forgotten all that is set in it.
      if (record === undefined) throw new RegistrationError(`the record of ${cluster} was deleted meanwhile; ${AGAIN}`);
      return {
        ...record,
        epoch: Math.max(epochOf(record), epochs.epoch),
        ...(epochs.minEpoch === undefined ? {} : { minEpoch: Math.max(minEpochOf(record), epochs.minEpoch) }),
      };
    },
    signal,
  );
}

/** Another URL may have been registered during the wait: the next step would refuse its Pods. */
async function refuseOlder(
  target: RegistrationTarget,
  ring: KeyRing,
  epoch: number,
  { api }: RegistrarTools,
  signal: AbortSignal,
): Promise<void> {
  const url = registeredUrl((await readObjects(api, signal)).get('webhook'));
  const facts = await urlFacts(ring, target, url);
  if ((facts.epoch ?? 0) >= epoch) return;
  throw new RegistrationError(
    `the registration was changed meanwhile (it is for ${facts.description}); the old token is still good. Run rotate again`,
  );
}

async function isRefused(
  url: string,
  endpoint: { readonly url: string; readonly ca?: string },
  { probe }: RegistrarTools,
  signal: AbortSignal,
): Promise<boolean> {
  // Elsewhere nothing of ours is sent.
  return !url.startsWith(`${endpoint.url}/`) || (await probe(url, endpoint.ca, signal)) !== undefined;
}
