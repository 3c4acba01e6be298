import type { Canary } from '../canary/canary.ts';
import type { CanaryManifest } from '../canary/document/parse-canary.ts';
import { createCanary, replaceCanary } from '../canary/transitions/change-canary.ts';
import type { Moment } from '../canary/transitions/moment.ts';
import { refuseTerminating } from '../canary/transitions/transition.ts';
import type { Parsed } from '../json/faults.ts';
import type { ReleaseCall } from './call.ts';
import type { Outcome } from './outcome.ts';
import { invalid, MODIFIED, NOT_FOUND, type ReleaseRefusal } from './refusal.ts';
import { type Decision, decline } from './write/decision.ts';
import { isStill } from './write/expectation.ts';
import { type Terms, write } from './write/write.ts';

/** A new canary; refused where one of its name is there. Throws CanaryStoreError. */
export async function createRelease(call: ReleaseCall, manifest: CanaryManifest, terms: Terms = {}): Promise<Outcome> {
  const decide = (current: Canary | undefined, moment: Moment): Decision =>
    current === undefined ? put(call, manifest, undefined, moment) : decline(alreadyThere(current));
  return await write(call, { verb: 'create', decide }, terms);
}

/** The canary that a manifest describes, new or in place of what stands there. Throws CanaryStoreError. */
export async function applyRelease(call: ReleaseCall, manifest: CanaryManifest, terms: Terms = {}): Promise<Outcome> {
  const decide = (current: Canary | undefined, moment: Moment): Decision => put(call, manifest, current, moment);
  return await write(call, { verb: 'update', decide }, terms);
}

/**
 * What stands there, edited. Throws CanaryStoreError, and what `edit` throws.
 *
 * @param edit makes a manifest of it, again after every lost race
 */
export async function editRelease(
  call: ReleaseCall,
  edit: (current: Canary) => Parsed<CanaryManifest>,
  terms: Terms = {},
): Promise<Outcome> {
  const decide = (current: Canary | undefined, moment: Moment): Decision => {
    if (current === undefined) return decline(NOT_FOUND);
    const edited = edit(current);
    return edited.valid ? put(call, edited.value, current, moment) : decline(invalid(edited.faults));
  };
  return await write(call, { verb: 'update', decide }, terms);
}

/** What a manifest makes of what stands there. */
function put(
  { tools, key }: ReleaseCall,
  manifest: CanaryManifest,
  current: Canary | undefined,
  moment: Moment,
): Decision {
  const { metadata } = manifest;
  for (const field of ['name', 'namespace'] as const) {
    const named = metadata[field];
    if (named === undefined || named === key[field]) continue;
    const sentence = `the ${field} of the document (${named}) is not that of the canary (${key[field]})`;
    return decline({ reason: 'Misnamed', sentence, field, named });
  }
  const { clusters } = manifest.spec;
  if (clusters !== undefined && !clusters.names.includes(key.cluster)) {
    const message = `must have ${key.cluster}, the Kubernetes cluster that the canary is in`;
    return decline(invalid([{ path: 'spec.clusters.names', message }]));
  }
  if (current !== undefined) {
    return isStill(current, metadata) ? replaceCanary(current, manifest, moment) : decline(MODIFIED);
  }
  // It was read, and has been deleted since.
  if (metadata.resourceVersion !== undefined || metadata.uid !== undefined) return decline(MODIFIED);
  const identity = { namespace: key.namespace, name: key.name, uid: tools.newUid() };
  return { allowed: true, canary: createCanary(manifest, identity, moment) };
}

function alreadyThere(current: Canary): ReleaseRefusal {
  const leaving = refuseTerminating(current)?.refusal;
  if (leaving === undefined) return { reason: 'AlreadyExists', sentence: 'it exists' };
  const until = leaving.until === undefined ? {} : { until: leaving.until };
  return { reason: 'BeingDeleted', sentence: 'one of its name is being deleted', ...until };
}
