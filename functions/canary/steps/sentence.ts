import type { Canary, Release, Step } from '../canary.ts';
import type { RunningWords } from '../conditions.ts';
import { titleOf } from '../workloads/workload.ts';

/** Whose release it is, for the commands that a sentence names. */
type Whose = Pick<Canary['metadata'], 'name' | 'namespace'> & Pick<Canary['spec'], 'backends'>;

/** Where a release stands and what it waits for, for people: what its conditions tell. */
export function releaseWords(whose: Whose, release: Release): RunningWords {
  const { paused } = release;
  const pause =
    paused === undefined ? 'neither a person nor a step of its strategy has paused it' : pauseSentence(whose, release);
  const inconclusive = inconclusiveOf(release);
  return { paused, progress: progressOf(whose, release), pause, inconclusive, scaledIn: scaledInOf(release) };
}

/** Whether a step ended, or waits, without a verdict. */
function inconclusiveOf({ inconclusive, steps }: Release): RunningWords['inconclusive'] {
  if (inconclusive === undefined) return { isSo: false, message: 'no step since the last clear one lacks a verdict' };
  return { isSo: true, message: `step ${inconclusive.step + 1} of ${steps.length}: ${inconclusive.sentence}` };
}

/** What an abort would meet: all requests go to stable, however many Pods it has left. */
function scaledInOf({ workloads }: Release): RunningWords['scaledIn'] {
  if (workloads?.replicas === undefined) return undefined;
  const { stable, replicas, scaledIn } = workloads;
  const title = titleOf(stable);
  if (scaledIn === undefined) {
    return { isSo: false, message: `${title} has at least the ${replicas} replicas of the start` };
  }
  const message = `${title} has ${scaledIn} of the ${replicas} replicas of the start, and an abort sends it every request`;
  return { isSo: true, message };
}

function progressOf(whose: Whose, release: Release): string {
  const { state, verdict } = release;
  const where = placeOf(release);
  switch (state) {
    case 'WaitingPromotion':
      return release.workloads?.promotion === undefined
        ? promotionSentence(whose)
        : `${where}: ${verdict?.sentence ?? 'passed'}`;
    case 'Paused':
      return `${where}: ${pauseSentence(whose, release)}`;
    default:
      return `${where}: ${verdict?.sentence ?? AWAITED[state] ?? 'over'}`;
  }
}

const AWAITED: Partial<Record<Release['state'], string>> = {
  Baseline: 'stable is measured through the stable track before the canary gets a share',
  Progressing: 'the proxies are to confirm the weight, then it is judged',
  Baking: 'the canary has everything and is watched a while longer',
};

function placeOf({ currentStepIndex, steps }: Release): string {
  const step = steps[currentStepIndex];
  if (step === undefined) return currentStepIndex < 0 ? 'baseline' : 'all steps done';
  return `step ${currentStepIndex + 1} of ${steps.length} (${whatOf(step)})`;
}

function whatOf(step: Step): string {
  if ('setWeight' in step) return `${step.setWeight} %`;
  if ('setHeaderRoute' in step) return `header route ${step.setHeaderRoute.name}`;
  if ('setMirrorRoute' in step) return `mirror route ${step.setMirrorRoute.name}`;
  return 'pause' in step ? 'pause' : 'analysis';
}

function pauseSentence({ name, namespace }: Whose, { paused, steps, currentStepIndex }: Release): string {
  const step = steps[currentStepIndex];
  const goesOn = (verb: string): string => `"outrigger canary ${verb} ${name} -n ${namespace}" goes on`;
  if (paused?.reason === 'CanaryPauseStep') {
    const duration = step !== undefined && 'pause' in step ? step.pause.duration : undefined;
    return duration === undefined ? `it waits; ${goesOn('promote')}` : `it waits ${duration} from ${paused.since} on`;
  }
  if (paused?.reason === 'InconclusiveAnalysisRun') {
    return `its analysis was inconclusive; ${goesOn('promote')}, "outrigger canary resume" measures again`;
  }
  const why = paused?.reason === 'WeightSetByHand' ? 'its weight was set by hand' : 'it was paused';
  return `${why}; ${goesOn('resume')}`;
}

/** Without workloads of its own Outrigger cannot give stable the new version: what to type. */
function promotionSentence({ name, namespace, backends: [stable] }: Whose): string {
  const how = `give the Pods of Service ${stable.service} the new version, then "outrigger canary promote ${name} -n ${namespace}"`;
  return `the canary has everything and passed; ${how}; back to stable: "outrigger canary undo ${name} -n ${namespace}"`;
}
