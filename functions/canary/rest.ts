import type { Canary, CanaryPhase, CanarySpec, CanaryStatus } from './canary.ts';

/** Phases in which no release is going on. */
const QUIET: ReadonlySet<CanaryPhase> = new Set(['Initializing', 'Initialized', 'Succeeded']);

/**
 * Whether a canary may rest: then it changes nothing, and its requests go where the callers sent them. Every request is
 * stable's, no match or mirror leads to the canary, and no release goes on or has failed.
 */
export function mayRest(
  { match, mirror }: Pick<CanarySpec, 'match' | 'mirror'>,
  { weights, phase }: Pick<CanaryStatus, 'weights' | 'phase'>,
): boolean {
  return weights.canary === 0 && match.length === 0 && (mirror?.percentage ?? 0) === 0 && QUIET.has(phase);
}

/**
 * A stored canary with the `status.atRest` that is true of it. An abort and older versions write other fields alone: what
 * they leave standing counts only where the canary may rest, and a canary that lacks the field is not at rest.
 */
export function withRest(canary: Canary): Canary {
  const atRest = canary.status.atRest === true && mayRest(canary.spec, canary.status);
  return { ...canary, status: { ...canary.status, atRest } };
}
