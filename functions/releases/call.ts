import type { Canary } from '../canary/canary.ts';
import type { AuditEntry, CanaryKey, CanaryStore } from '../canary/store.ts';
import type { Moment } from '../canary/transitions/moment.ts';
import { releaseChanged } from '../events.ts';
import type { Log } from '../log.ts';

/** What the use cases of a release work with. */
export interface UseCaseTools {
  readonly store: CanaryStore;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Waits so many milliseconds, or until the signal aborts; only tests have another one. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly newUid: () => string;
}

/** Who asks for something to be done with one canary, and when. */
export interface ReleaseCall {
  readonly tools: UseCaseTools;
  /** For the audit entry and the log: an IAM principal's ARN, or `local`. */
  readonly caller: string;
  readonly key: CanaryKey;
  readonly moment: Moment;
  /** Ends every call of a store in time. */
  readonly signal: AbortSignal;
}

/** What is said of a canary in the log. */
interface LoggedCanary {
  readonly metadata: Pick<Canary['metadata'], 'resourceVersion'>;
  readonly status: Pick<Canary['status'], 'phase'>;
}

/** Says in the log what was written: which weights, by whom. The reason is the caller's text, and stays in the audit. */
export function logChange(
  { tools, key }: ReleaseCall,
  { who, verb, from, to }: AuditEntry,
  { metadata, status }: LoggedCanary,
): void {
  tools.log(releaseChanged, {
    ...key,
    verb,
    who,
    ...(from === undefined ? {} : { from: `${from.stable}/${from.canary}` }),
    ...(to === undefined ? {} : { to: `${to.stable}/${to.canary}` }),
    phase: status.phase,
    resourceVersion: metadata.resourceVersion,
  });
}
