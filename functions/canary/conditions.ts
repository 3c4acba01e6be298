import type { CanaryCondition, CanaryPhase, Release } from './canary.ts';

type Status = CanaryCondition['status'];

/** What conditions tell of a release that goes on. */
export interface RunningWords {
  readonly paused: Release['paused'] | undefined;
  /** The message of `Progressing`: where it stands, and what it waits for. */
  readonly progress: string;
  /** The message of `Paused`. */
  readonly pause: string;
  /** Whether a step has no verdict though its time is over, and the message of `Inconclusive`. */
  readonly inconclusive: { readonly isSo: boolean; readonly message: string };
  /** Whether stable's workload is to have fewer replicas than at the start, and the message of `StableScaledIn`; absent until that is known. */
  readonly scaledIn?: { readonly isSo: boolean; readonly message: string } | undefined;
}

/** What each phase says, by condition: whether routes may lead to it, whether a release is under way, how it ended. */
const PHASES: Readonly<Record<CanaryPhase, { ready: Status; progressing: Status; promoted: Status; message: string }>> =
  {
    Initializing: {
      ready: 'False',
      progressing: 'False',
      promoted: 'Unknown',
      message: 'the proxies are learning it; every request goes to stable',
    },
    Initialized: { ready: 'True', progressing: 'False', promoted: 'Unknown', message: 'ready for a weight' },
    Progressing: { ready: 'True', progressing: 'True', promoted: 'Unknown', message: 'the canary has a share' },
    WaitingPromotion: {
      ready: 'True',
      progressing: 'True',
      promoted: 'Unknown',
      message: 'the canary has everything; give the stable Service the new version, then set the weight to 0',
    },
    Succeeded: { ready: 'True', progressing: 'False', promoted: 'True', message: 'the release is over' },
    Failed: {
      ready: 'True',
      progressing: 'False',
      promoted: 'False',
      message: 'aborted; retry it, or apply a new spec',
    },
    Terminating: {
      ready: 'False',
      progressing: 'False',
      promoted: 'Unknown',
      message: 'deleted; its Envoy clusters stay until the proxies have forgotten its routes',
    },
  };

/**
 * The conditions of a phase: `Ready`, `Progressing`, and Flagger's `Promoted`, for `kubectl wait`. A time of transition
 * stays as long as the status does.
 *
 * @param time RFC 3339
 * @param why said in place of the phase's own sentence, e.g. the reason of an abort
 * @param release the one that goes on, if any does: then `Paused` and `Inconclusive`, and with workloads
 *   `StableScaledIn`, stand beside the others, and each has a message of its own
 */
export function conditionsOf(
  phase: CanaryPhase,
  before: readonly CanaryCondition[],
  generation: number,
  time: string,
  why?: string,
  release?: RunningWords,
): readonly CanaryCondition[] {
  const { ready, progressing, promoted, message } = PHASES[phase];
  const condition = (type: string, status: Status, own = why ?? message, reason: string = phase): CanaryCondition => {
    const last = before.find((c) => c.type === type && c.status === status);
    return {
      type,
      status,
      reason,
      message: own,
      lastTransitionTime: last?.lastTransitionTime ?? time,
      observedGeneration: generation,
    };
  };
  const { paused, scaledIn } = release ?? {};
  const isSo = release?.inconclusive.isSo === true;
  return [
    condition('Ready', ready, release && 'its proxies have learned it, and it can have any weight'),
    condition('Progressing', progressing, release?.progress),
    condition('Promoted', promoted, release && 'it is known once the release is over'),
    ...(release === undefined
      ? []
      : [
          condition('Paused', paused === undefined ? 'False' : 'True', release.pause, paused?.reason ?? 'NotPaused'),
          condition(
            'Inconclusive',
            isSo ? 'True' : 'False',
            release.inconclusive.message,
            isSo ? 'NoVerdict' : 'Verdict',
          ),
        ]),
    ...(scaledIn === undefined
      ? []
      : [condition('StableScaledIn', scaledIn.isSo ? 'True' : 'False', scaledIn.message, replicasAre(scaledIn.isSo))]),
  ];
}

function replicasAre(fewer: boolean): string {
  return fewer ? 'FewerReplicas' : 'Replicas';
}
