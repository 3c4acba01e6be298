import { acquittalOf } from './criteria/acquittal.ts';
import { isBadAtFull } from './criteria/bake.ts';
import { LOG_SUSPICION } from './doubts.ts';
import { type Evidence, weigh } from './evidence.ts';
import type { VerdictPolicy } from './policy.ts';
import type { StepSums, VerdictRecord } from './record.ts';
import { sentenceOf } from './sentence.ts';
import { isTelling, type ProxySteps } from './trust.ts';
import { shareOf } from './trusted-steps.ts';
import type { Finding, Look, Verdict } from './verdict.ts';

/** E = 1 but for rounding: not the least suspicion. */
const LOG_CLEAN = 1e-9;

/**
 * Judges a step: convict and acquit by evidence, hold for more of it; when the time of the step is over, by the policy.
 * A conviction must be latched by the caller at its first crossing: E may fall again. Throws RangeError for a step that the
 * plan does not have.
 */
export function decide(record: VerdictRecord, look: Look): Verdict {
  const step = record.steps[look.step];
  if (step === undefined || !(look.nextWeight > 0 && look.nextWeight <= 1)) {
    const last = record.steps.length - 1;
    throw new RangeError(
      `step ${look.step} before ${look.nextWeight} cannot be judged: steps are 0 to ${last}, shares 0 to 1`,
    );
  }
  // One proxy in all tells what there is; several are checked against each other.
  const telling = look.proxies?.filter(isTelling) ?? [];
  const proxies = telling.length > 1 ? telling : [];
  const evidence = weigh(record, proxies);
  const finding = findingOf(record, step, look, { evidence, proxies });
  return {
    decision: finding.decision,
    why: finding.why,
    logE: evidence.logE,
    logEErrors: evidence.logErrors,
    logELatency: evidence.logLatency,
    measuredShare: shareOf(step.responses) ?? step.weight,
    sentence: sentenceOf(record, look, evidence, finding),
  };
}

interface Known {
  readonly evidence: Evidence;
  readonly proxies: readonly ProxySteps[];
}

function findingOf(record: VerdictRecord, step: StepSums, look: Look, { evidence, proxies }: Known): Finding {
  if (evidence.logSound >= evidence.logLimit) {
    const isOfErrors = evidence.doubts.errors === undefined && evidence.logErrors >= evidence.logLatency;
    return { decision: 'convict', why: isOfErrors || evidence.doubts.latency !== undefined ? 'errors' : 'latency' };
  }
  if (step.weight >= 1) {
    const isBad = isBadAtFull(record, look.step, evidence.trust, proxies);
    return { decision: isBad ? 'convict' : 'hold', why: 'bake' };
  }
  const held = heldBy(record, look, evidence);
  const acquitted = held === undefined ? acquittalOf(record, look, evidence) : undefined;
  if (acquitted !== undefined) return acquitted;
  const open: Finding = held ?? { decision: 'hold', why: evidence.logE >= evidence.logLimit ? 'guard' : 'undecided' };
  return look.seconds * 1_000 < record.policy.maximum.ms ? open : atMaximum(record.policy, look, evidence, open);
}

/** What forbids to end the step early; undefined where nothing does. */
function heldBy({ policy }: VerdictRecord, { step, seconds }: Look, evidence: Evidence): Finding | undefined {
  const { doubts, logE, logErrors, logLimit, logSuspicion } = evidence;
  if (logSuspicion >= LOG_SUSPICION) {
    const doubt = (logErrors >= LOG_SUSPICION ? doubts.errors : undefined) ?? doubts.latency;
    const isLone = doubts.errors?.why === 'lone' || doubts.latency?.why === 'lone';
    const named = isLone ? [doubts.errors, doubts.latency].find((each) => each?.why === 'lone') : doubt;
    return { decision: 'hold', why: 'suspicion', ...(isLone || logE >= logLimit ? named : undefined) };
  }
  if (responsesOf(evidence, step) < policy.minimum.responses) return { decision: 'hold', why: 'little-traffic' };
  return seconds * 1_000 < policy.minimum.ms ? { decision: 'hold', why: 'minimum' } : undefined;
}

/** The time of the step is over, and the evidence has decided nothing. */
function atMaximum(policy: VerdictPolicy, { step }: Look, evidence: Evidence, open: Finding): Finding {
  const responses = responsesOf(evidence, step);
  // A canary that gets no request does no harm, and nothing is known of it.
  if (responses === 0) return { decision: 'hold', why: 'little-traffic' };
  if (policy.inconclusive === 'Abort') return { decision: 'abort', why: 'inconclusive' };
  const isClean = responses >= policy.minimum.responses && evidence.logSuspicion <= LOG_CLEAN;
  if (policy.inconclusive === 'AdvanceUnlessSuspect' && isClean) return { decision: 'advance', why: 'inconclusive' };
  return open.why === 'undecided' ? { decision: 'hold', why: 'inconclusive' } : open;
}

function responsesOf({ trust }: Evidence, step: number): number {
  return trust.steps[step]?.responses.canary ?? 0;
}
