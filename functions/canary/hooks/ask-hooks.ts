import type { Canary } from '../canary.ts';
import type { Hook } from '../document/strategy/hooks.ts';

/** A release whose hooks are asked. */
export interface AskedRelease {
  readonly cluster: string;
  readonly canary: Canary;
  /** Which release of the canary it is. */
  readonly release: string;
}

/** What a hook responds: a success, or a sentence why that is none. */
export type HookResponse = { readonly isSuccess: true } | { readonly isSuccess: false; readonly sentence: string };

/** Asks hooks at the same time, within `HOOK_MS`, and returns their responses in the same order. Never rejects. */
export type AskHooks = (release: AskedRelease, hooks: readonly Hook[]) => Promise<readonly HookResponse[]>;
