import type { TimedPace } from '../canary/release-pace.ts';
import { PAUSE_JITTER, pauseMsOf } from '../canary/times.ts';
import type { HttpRequest } from '../http/http-request.ts';
import type { DiscoveryEndpoint } from '../template/discovery-endpoint.ts';
import type { CanaryState } from './canary-cache.ts';
import type { PollForm } from './xds/listener.ts';

/** By which a sidecar says that it follows a pace (`infra/templates/envoy.yaml`); the value is the version of its script. */
export const PACE_HEADER = 'x-outrigger-pace';

/**
 * In which an answer says for how many seconds nothing will happen: until then the sidecar answers Envoy's polls itself.
 * 0 with every 200, and where the state of the canaries is not known to be current.
 */
export const NEXT_HEADER = 'x-outrigger-next';

/** How a sidecar asks. */
export function formOf(request: HttpRequest): PollForm {
  return request.header(PACE_HEADER) === undefined ? 'direct' : 'paced';
}

/** The pause between two polls of sidecars that run what is current, in milliseconds. */
export function pauseOf(
  discovery: DiscoveryEndpoint | undefined,
  { unreadable }: CanaryState,
  { pace }: TimedPace,
): number {
  // What cannot be read may be a release.
  const known = unreadable.length > 0 && pace === 'idle' ? 'holding' : pace;
  return pauseMsOf(known, discovery);
}

/**
 * Seconds until one sidecar asks again: a little more or less than the pause, so that a fleet does not ask in step.
 *
 * @param random from 0 to 1
 */
export function jittered(pauseMs: number, random: number): number {
  return Math.round(pauseMs * (1 + PAUSE_JITTER * (2 * random - 1))) / 1_000;
}

/** The headers of a response, with the pause for sidecars that know it. @param pause in seconds */
export function withPause(
  form: PollForm,
  headers: Readonly<Record<string, string>>,
  pause: number,
): Readonly<Record<string, string>> {
  return form === 'paced' ? { ...headers, [NEXT_HEADER]: String(pause) } : headers;
}
