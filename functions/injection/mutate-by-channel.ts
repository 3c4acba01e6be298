import type { Owner } from '../kubernetes/owner.ts';
import type { RawPod } from '../kubernetes/pod.ts';
import type { Template } from '../template/template.ts';
import type { FleetState } from '../template-store/cache/fleet-state.ts';
import type { FormerVersions } from './apply/former.ts';
import { type ChannelChoice, type ChosenChannel, chooseChannel } from './channel.ts';
import { workloadOf } from './context.ts';
import { mutatePod } from './mutate-pod.ts';
import type { Outcome } from './outcome.ts';
import type { Planned } from './plan/plan.ts';

/** How a Pod is to be mutated. */
export interface MutateOptions {
  readonly plan: (templates: readonly Template[]) => Planned;
  /** Template names that stand in for the Pod's annotation. */
  readonly asked?: readonly string[] | undefined;
  /** Whose the Pod will be, where it is still a template and does not know it. */
  readonly owner?: Owner | undefined;
  /** Earlier versions of the templates, or that the Pod's status annotation is believed; absent: they are not known. */
  readonly versions?: FormerVersions | 'status' | undefined;
}

/** An outcome, the channel that it rests on, and how to try the next one where that is in shadow mode. */
export interface ChannelOutcome {
  readonly outcome: Outcome;
  readonly choice: ChannelChoice;
  /** @param fresh the same Pod once more, which is used up */
  readonly shadow?: { readonly channel: string; readonly attempt: (fresh: RawPod) => Outcome };
}

/**
 * `mutatePod` with the templates of the channel that the workload gets.
 *
 * @param pod used up: a verified patch may have been applied to it
 */
export function mutateByChannel(
  pod: RawPod,
  namespace: string,
  state: FleetState,
  { plan, asked, owner, versions }: MutateOptions,
): ChannelOutcome {
  const mutate = (from: RawPod, { templates }: Pick<ChosenChannel, 'templates'>, then = versions): Outcome =>
    mutatePod(from, namespace, { ...state, templates }, plan, asked, owner, then);
  const { choice, shadow, templates } = chooseChannel(state, namespace, () => workloadOf(pod, owner));
  return {
    outcome: mutate(pod, { templates }),
    choice,
    // What the current channel has injected is no stranger's to the next one.
    ...(shadow && {
      shadow: { channel: shadow.channel, attempt: (fresh) => mutate(fresh, shadow, versions ?? current()) },
    }),
  };

  function current(): FormerVersions {
    return new Map([...state.templates].map(([name, template]) => [name, [template]]));
  }
}
