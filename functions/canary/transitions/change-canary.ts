import { isDeepStrictEqual } from 'node:util';
import { CANARY_API_VERSION, type Canary } from '../canary.ts';
import { conditionsOf } from '../conditions.ts';
import type { CanaryManifest } from '../document/parse-canary.ts';
import { isIdle } from '../release-pace.ts';
import { mayRest } from '../rest.ts';
import { endTargets, firstTargets, iso, stageTargets } from '../stage-targets.ts';
import { runningRelease } from '../steps/release.ts';
import { liveTargets } from '../targets.ts';
import type { Moment } from './moment.ts';
import { supersede } from './start-release.ts';
import {
  allStable,
  awaiting,
  nextVersion,
  refuse,
  refuseTerminating,
  restingPhase,
  type Transition,
  written,
} from './transition.ts';

/** What a new canary is called. */
export interface CanaryIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** A new canary: at 100/0, with its target being learned by the proxies. */
export function createCanary({ metadata, spec }: CanaryManifest, identity: CanaryIdentity, moment: Moment): Canary {
  const { labels, annotations } = metadata;
  const time = iso(moment.now);
  const phase = 'Initializing';
  const weights = allStable(spec);
  const targets = firstTargets(spec, moment.now, moment.times);
  return {
    apiVersion: CANARY_API_VERSION,
    kind: 'Canary',
    metadata: { ...identity, generation: 1, resourceVersion: '1', creationTimestamp: time, labels, annotations },
    spec,
    status: {
      observedGeneration: 1,
      phase,
      weights,
      atRest: mayRest(spec, { weights, phase }),
      targets,
      awaiting: awaiting('1', targets, moment, true),
      conditions: conditionsOf(phase, [], 1, time),
      lastTransitionTime: time,
    },
  };
}

/**
 * The canary with another spec, labels or annotations; weights stay as they are, unless a release goes on: another spec is
 * another release. A changed spec ends a failure. A changed port, backend or exportTo is staged, and refused with a time while
 * too many targets are on their way. A changed strategy holds from the next release on.
 */
export function replaceCanary(canary: Canary, { metadata, spec }: CanaryManifest, moment: Moment): Transition {
  const terminating = refuseTerminating(canary);
  if (terminating !== undefined) return terminating;
  const { labels, annotations } = metadata;
  const isSpec = isDeepStrictEqual(spec, canary.spec);
  const isMetadata = isDeepStrictEqual([labels, annotations], [canary.metadata.labels, canary.metadata.annotations]);
  if (isSpec && isMetadata) return { allowed: true, canary };
  if (spec.totalWeight !== canary.spec.totalWeight) {
    const message = `field is immutable: it is ${canary.spec.totalWeight}; every caller would change its track`;
    return refuse({ reason: 'Invalid', sentence: message, faults: [{ path: 'spec.totalWeight', message }] });
  }
  const live = liveTargets(canary, moment.now);
  const staged = stageTargets(live, spec, moment.now, moment.times);
  if ('roomAt' in staged) {
    const sentence = 'changes of port, backends or exportTo are still on their way to the proxies';
    return refuse({ reason: 'Staging', sentence, until: staged.roomAt });
  }
  const generation = canary.metadata.generation + (isSpec ? 0 : 1);
  const next: Canary = {
    ...canary,
    metadata: { ...canary.metadata, labels, annotations, generation },
    spec,
    status: { ...canary.status, targets: staged.targets },
  };
  const isRoutes = isDeepStrictEqual(routesIn(spec), routesIn(canary.spec));
  const release = isRoutes ? undefined : runningRelease(canary);
  if (release !== undefined) return { allowed: true, canary: supersede(next, release, moment) };
  const { phase } = canary.status;
  const isAnew = phase === 'Initializing' || (phase === 'Failed' && !isRoutes);
  const nextPhase = isAnew ? restingPhase(next, moment.now) : phase;
  // A canary that an older version wrote may come to rest by any write.
  const isMoved =
    !isRoutes || mayRest(spec, { weights: canary.status.weights, phase: nextPhase }) !== canary.status.atRest;
  const routes = isMoved
    ? { awaiting: awaiting(nextVersion(canary), staged.targets, moment, isIdle(canary, moment.now)) }
    : {};
  return {
    allowed: true,
    canary: written(next, { phase: nextPhase, ...routes }, moment, isAnew ? undefined : sayingOf(canary)),
  };
}

/** What proxies are served of a spec. */
function routesIn(spec: Canary['spec']): object {
  return { ...spec, strategy: undefined, group: undefined, clusters: undefined };
}

/** The canary with its deletion begun: it loses its routes now, and its Envoy clusters when no proxy can need them. */
export function deleteCanary(canary: Canary, moment: Moment): Transition {
  if (canary.metadata.deletionTimestamp !== undefined) return { allowed: true, canary };
  const targets = endTargets(liveTargets(canary, moment.now), moment.now, moment.times.stageMs);
  const { awaiting: _none, ...status } = canary.status;
  const next = { ...canary, metadata: { ...canary.metadata, deletionTimestamp: iso(moment.now) }, status };
  return {
    allowed: true,
    canary: written(next, { phase: 'Terminating', weights: allStable(canary.spec), targets }, moment),
  };
}

/** Why it failed stays said as long as it is failed. */
function sayingOf({ status }: Canary): string | undefined {
  return status.phase === 'Failed' ? status.conditions[0]?.message : undefined;
}
