import { LOG_ACQUITTAL } from './criteria/acquittal.ts';
import { BAKE_FACTOR, bakeCounts, LOG_BAKE_LIMIT, logBake } from './criteria/bake.ts';
import { rateAtMost, ratioAtLeast, ratioAtMost } from './criteria/e-process.ts';
import { latencyEvidence } from './criteria/latency-evidence.ts';
import type { Evidence } from './evidence.ts';
import { toleranceOf } from './evidence.ts';
import { atMostText, countText, evidenceText, roundText } from './figures.ts';
import type { StepSums, VerdictRecord } from './record.ts';
import type { Finding, Look } from './verdict.ts';
import { NONE, plus } from './window.ts';

/** Proxies' names are Pods'; longer ones are cut. */
const NAME_MAX = 253;

/** What a verdict is in words, with the counts that it is of. */
export function sentenceOf(record: VerdictRecord, look: Look, evidence: Evidence, finding: Finding): string {
  switch (finding.decision) {
    case 'convict':
      return convicted(record, look, evidence, finding);
    case 'acquit':
      return acquitted(record, look, evidence, finding);
    case 'advance':
      return `advanced after ${timeText(look)} without a verdict: ${countsText(record)}, nothing suspicious (E ${evidenceText(evidence.logE)})`;
    case 'abort':
      return `aborted after ${timeText(look)} without a verdict, as the policy asks (inconclusive: Abort), not convicted: ${countsText(record)}, ${needed(evidence)}`;
    case 'hold':
      return held(record, look, evidence, finding);
  }
}

function convicted(record: VerdictRecord, look: Look, evidence: Evidence, { why }: Finding): string {
  if (why === 'bake') return `${bakeText(record, look, evidence)}: convicted, outside the guarantee`;
  const facts = why === 'latency' ? slowText(record) : countsText(record);
  const ratio = why === 'errors' ? ratioAtLeast(evidence.cells, evidence.logLimit) : 0;
  const confidence = `${roundPercent(record.policy.confidence)} %`;
  const bound =
    ratio >= toleranceOf(record.policy) ? `at least ${roundText(ratio)}x at ${confidence}, ` : `at ${confidence}, `;
  return `${facts}: ${bound}${needed(evidence)}: convicted`;
}

function acquitted({ policy, steps }: VerdictRecord, look: Look, { trust }: Evidence, { why }: Finding): string {
  const [sums, now] = [steps[look.step], trust.steps[look.step]];
  if (sums === undefined || now === undefined) return '';
  if (why === 'budget') {
    const rate = rateAtMost(sums.bad.canary, now.responses.canary, LOG_ACQUITTAL);
    const [most, adds] = [atMostText(100 * rate), atMostText(100 * rate * look.nextWeight)];
    return `advanced: at most ${most} % bad, the next step adds at most ${adds} %, ${roundText(100 * policy.advance.budget)} % are allowed`;
  }
  const ratio = ratioAtMost(now.least, LOG_ACQUITTAL);
  const grown = ratio * look.nextWeight + 1 - look.nextWeight;
  return `advanced: at most ${atMostText(ratio)}x as bad as stable, the Service's bad responses grow to at most ${atMostText(grown)}x in the next step`;
}

function held(record: VerdictRecord, look: Look, evidence: Evidence, finding: Finding): string {
  const { why } = finding;
  const { policy } = record;
  const facts = `${countsText(record)}, ${needed(evidence)}`;
  switch (why) {
    case 'lone':
      return `held: ${loneText(record, evidence, finding)}`;
    case 'guard':
      return `held: too few bad or slow responses, or all in one window: ${facts}`;
    case 'affinity':
      return `held: the Service fails no more than in the baseline, and users who fail stay on one track: ${facts}`;
    case 'suspicion':
      return `held: too suspicious for the next step: ${facts}`;
    case 'little-traffic':
      return `held: ${countText(evidence.trust.steps[look.step]?.responses.canary ?? 0)} canary responses of ${countText(policy.minimum.responses)} needed`;
    case 'minimum':
      return `held: ${timeText(look)} of ${durationText(policy.minimum.ms / 1_000)}`;
    case 'inconclusive':
      return `held after ${timeText(look)} without a verdict: ${facts}`;
    case 'bake':
      return `held: ${bakeText(record, look, evidence)}, outside the guarantee`;
    default:
      return `held: neither worse nor harmless yet: ${facts}`;
  }
}

function loneText(record: VerdictRecord, evidence: Evidence, finding: Finding): string {
  const { proxy = '', isOneOfSeveral = false, isOfTimes = false } = finding;
  const name = proxy.slice(0, NAME_MAX);
  if (isOfTimes) {
    return `proxy ${name} has so many of the responses that it alone may have told these times: ${slowText(record)}, ${needed(evidence)}`;
  }
  const facts = `${countsText(record)}, ${needed(evidence)}`;
  return isOneOfSeveral ? `too much of it comes from proxy ${name}: ${facts}` : `only proxy ${name} says so: ${facts}`;
}

/** Both tracks in all steps in which both have requests. */
function countsText({ steps }: VerdictRecord): string {
  const shared = steps.filter(({ weight }) => weight < 1);
  const sum = (of: (step: StepSums) => StepSums['bad']) => shared.reduce((all, step) => plus(all, of(step)), NONE);
  const [bad, responses] = [sum((step) => step.bad), sum((step) => step.responses)];
  const text = (track: 'canary' | 'stable'): string => `${countText(bad[track])} of ${countText(responses[track])}`;
  return `canary ${text('canary')} bad, stable ${text('stable')}`;
}

/** The bound that most speaks against the canary. */
function slowText(record: VerdictRecord): string {
  const bounds = latencyEvidence(record).toSorted((a, b) => b.logE - a.logE);
  const { slow = NONE, responses = NONE, bound } = bounds[0] ?? {};
  const text = (track: 'canary' | 'stable'): string =>
    `${track} ${countText(slow[track])} of ${countText(responses[track])} above ${countText(bound?.[track] ?? 0)} ms`;
  const quantile = bound?.quantile === undefined ? '' : `, its p${roundPercent(bound.quantile)} before`;
  return `${text('canary')}, ${text('stable')}${quantile}`;
}

function bakeText(record: VerdictRecord, { step }: Look, { trust }: Evidence): string {
  const { bad = NONE, responses = NONE } = record.steps[step] ?? {};
  const counts = bakeCounts(record, trust.steps, step);
  const now = `canary at 100 %: ${countText(bad.canary)} of ${countText(responses.canary)} bad`;
  if (counts.stableResponses === 0) return `${now}, and no earlier step to compare with`;
  const then = `stable before ${countText(counts.stableBad)} of ${countText(counts.stableResponses)}`;
  const limit = countText(Math.exp(LOG_BAKE_LIMIT));
  return `${now}, ${then}, E ${evidenceText(logBake(record, counts))} of ${limit} needed for more than ${BAKE_FACTOR}x`;
}

function needed({ logE, logLimit }: Evidence): string {
  return `E ${evidenceText(logE)} of ${roundText(Math.exp(logLimit))} needed`;
}

function timeText({ seconds }: Look): string {
  return durationText(seconds);
}

/** 45 s, 30 min. */
function durationText(seconds: number): string {
  return seconds >= 120 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds)} s`;
}

function roundPercent(share: number): number {
  return Number((100 * share).toPrecision(6));
}
