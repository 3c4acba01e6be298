import type { Canary } from '../canary.ts';
import type { Hook } from '../document/strategy/hooks.ts';

/** A release whose hooks are asked. */
export interface AskedRelease {
  readonly cluster: string;
  readonly canary: Canary;
  /** Which release of the canary it is. */
  readonly release: string;
}

/** What a hook responds: a success, or a sentence why that is none; `isPending`: its response may come yet. */
export type HookResponse =
  | { readonly isSuccess: true }
  | { readonly isSuccess: false; readonly sentence: string; readonly isPending?: true };

/**
 * Asks hooks at the same time, and returns within `METRIC_LOOK_MS` what they have responded, in the same order. One that takes
 * longer is pending; the next call with the same release and weight finds its response. Never rejects.
 */
export type AskHooks = (release: AskedRelease, hooks: readonly Hook[]) => Promise<readonly HookResponse[]>;
