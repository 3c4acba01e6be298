import { isDeepStrictEqual } from 'node:util';
import { CANARY_API_VERSION } from '../../canary/document/api-version.ts';
import type { Freeze, FreezeManifest } from '../../canary/freeze/freeze.ts';
import { iso } from '../../canary/stage-targets.ts';
import { freezeChanged } from '../../events.ts';
import {
  type FreezeCall,
  type FreezeOutcome,
  type FreezeTerms,
  misnamedBy,
  refused,
  unexpectedBy,
} from './freeze-terms.ts';

/** Freezes of one place. All of them are read at every look at a release. */
const FREEZES_MAX = 50;
/** Writes that lose against another one are decided again as often. */
const TRIES_MAX = 3;

/** The freeze that a manifest describes, new or in place of what stands there. What is written is logged. Throws CanaryStoreError. */
export async function putFreeze(
  call: FreezeCall,
  manifest: FreezeManifest,
  terms: FreezeTerms,
): Promise<FreezeOutcome> {
  const misnamed = misnamedBy(call, manifest.metadata);
  if (misnamed !== undefined) return refused('Misnamed', misnamed);
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const outcome = await tryOnce(call, manifest, terms);
    if (outcome !== 'conflict') return outcome;
  }
  return refused('Modified', 'it has been modified: read it again');
}

/** Takes a freeze away: releases go on. What is done is logged. @returns whether there was one. Throws CanaryStoreError. */
export async function removeFreeze(call: FreezeCall): Promise<boolean> {
  const { tools, place, name, signal } = call;
  const wasThere = await tools.freezes.deleteFreeze(place, name, signal);
  if (wasThere) logFreeze(call, 'unfreeze', undefined);
  return wasThere;
}

async function tryOnce(
  call: FreezeCall,
  manifest: FreezeManifest,
  terms: FreezeTerms,
): Promise<FreezeOutcome | 'conflict'> {
  const { tools, place, name, signal } = call;
  const current = await tools.freezes.getFreeze(place, name, signal);
  const unexpected = unexpectedBy(terms, current, manifest.metadata.resourceVersion);
  if (unexpected !== undefined) return unexpected;
  if (current !== undefined && isDeepStrictEqual(current.spec, manifest.spec)) {
    return { outcome: 'done', freeze: current, isNew: false };
  }
  if (current === undefined && (await tools.freezes.listFreezes(place, signal)).length >= FREEZES_MAX) {
    return refused(
      'TooMany',
      `there are ${FREEZES_MAX} freezes already, which is as many as one place has: delete one`,
    );
  }
  const freeze = freezeOf(call, manifest, current);
  if (!terms.isDryRun) {
    const written = await tools.freezes.putFreeze(place, freeze, current?.metadata.resourceVersion, signal);
    if (written === 'conflict') return 'conflict';
    logFreeze(call, 'freeze', freeze);
  }
  return { outcome: 'done', freeze, isNew: current === undefined };
}

function freezeOf({ caller, place, name, now }: FreezeCall, manifest: FreezeManifest, current?: Freeze): Freeze {
  const last = Number(current?.metadata.resourceVersion ?? 0);
  return {
    apiVersion: CANARY_API_VERSION,
    kind: 'Freeze',
    metadata: {
      name,
      ...(place.scope === 'Namespace' ? { namespace: place.namespace } : {}),
      // A clock, so that one that was deleted and put again has another version.
      resourceVersion: String(Math.max(now, last + 1)),
      creationTimestamp: current?.metadata.creationTimestamp ?? iso(now),
    },
    spec: manifest.spec,
    status: {
      scope: place.scope,
      ...(place.scope === 'Fleet' ? {} : { cluster: place.cluster }),
      frozenBy: caller,
    },
  };
}

/** The reason is the caller's text, and stays in the freeze. */
function logFreeze({ tools, caller, place, name }: FreezeCall, verb: string, freeze: Freeze | undefined): void {
  tools.log(freezeChanged, {
    scope: place.scope,
    ...(place.scope === 'Fleet' ? {} : { cluster: place.cluster }),
    ...(place.scope === 'Namespace' ? { namespace: place.namespace } : {}),
    name,
    verb,
    who: caller,
    ...(freeze?.spec.until === undefined ? {} : { until: iso(Date.parse(freeze.spec.until)) }),
  });
}
