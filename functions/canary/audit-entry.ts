import type { CanaryWeights, Release, ReleaseVerb } from './canary.ts';

/** Who did what, and why, written with the change itself: of what a release does by itself `verdict` is a code, `reason` its sentence. */
export interface AuditEntry {
  readonly time: string;
  /** The caller: an IAM principal's ARN, or `local`. */
  readonly who: string;
  readonly verb: ReleaseVerb;
  /** The weights before. An abort does not insist on what it read: `fromIsLastRead` says that they may be older. */
  readonly from?: CanaryWeights;
  readonly fromIsLastRead?: true;
  readonly to?: CanaryWeights;
  readonly reason?: string;
  readonly verdict?: string;
  /** Where the change leaves a release; absent where none went on, and in entries of older versions. */
  readonly release?: AuditedRelease;
  readonly resourceVersion: string;
}

/** A release as a change leaves it. */
export interface AuditedRelease {
  readonly attempt: number;
  readonly state: Release['state'];
  /** The step that it is at, from 0 on; -1 in the baseline. */
  readonly step: number;
  /** It goes on only when a person does something: it waits to be promoted, or at a pause without an end. */
  readonly waitsForPerson?: true;
}
