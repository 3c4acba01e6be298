import { decide } from '../../../../functions/canary/verdict/decide.ts';
import { foldWindow } from '../../../../functions/canary/verdict/fold-window.ts';
import { VERDICT_DEFAULTS, type VerdictPolicy } from '../../../../functions/canary/verdict/policy.ts';
import { openVerdict, type StepSums, type VerdictRecord } from '../../../../functions/canary/verdict/record.ts';
import type { Verdict } from '../../../../functions/canary/verdict/verdict.ts';
import type { Judged } from './parse-judged.ts';

/** A verdict as the command prints it. */
export type Judgement = Omit<Verdict, 'measuredShare'>;

const WINDOW_MS = 5_000;

/** The product's own verdict on evidence, under the policy in it. */
export function judgeEvidence(judged: Judged): Judgement {
  const { plan, step, steps, proxies } = judged;
  const { decision, why, logE, logEErrors, logELatency, sentence } = decide(recordOf(judged), {
    step,
    seconds: steps[step]?.seconds ?? 0,
    nextWeight: plan[step + 1] ?? 1,
    proxies,
  });
  return { decision, why, logE, logEErrors, logELatency, sentence };
}

/** Windows tell how much their bad responses count for; the sums of steps tell how many there are. */
function recordOf(judged: Judged): VerdictRecord {
  const { plan, windows = [], baseline } = judged;
  const policy = policyOf(judged);
  // What is slow stands in the sums.
  const open = openVerdict({ ...policy, latency: undefined }, plan);
  const folded = windows.reduce(
    (record, { stable, canary, ...window }, i) =>
      foldWindow(record, {
        ...window,
        from: i * WINDOW_MS,
        stable: { ...stable, latency: [] },
        canary: { ...canary, latency: [], fallbacks: 0 },
      }),
    open,
  );
  return {
    ...folded,
    policy,
    baseline: baseline ?? folded.baseline,
    steps: folded.steps.map((sums, j) => stepOf(sums, judged, j)),
  };
}

function stepOf(folded: StepSums, { steps, latency }: Judged, j: number): StepSums {
  const told = steps[j];
  if (told === undefined) return folded;
  const { windows, seconds, canaryBadWindows, responses, bad } = told;
  const weighed = (track: 'stable' | 'canary'): number =>
    folded.bad[track] === 0 ? bad[track] : (bad[track] * folded.weighed[track]) / folded.bad[track];
  const { quantiles, boundsStable, boundsCanary, cells } = latency?.[j] ?? {};
  const bounds = quantiles?.map((quantile, i) => ({
    quantile,
    stable: boundsStable?.[i] ?? 0,
    canary: boundsCanary?.[i] ?? 0,
  }));
  const slow = cells?.map(({ c, s }) => ({ canary: c, stable: s })) ?? [];
  return {
    ...folded,
    windows,
    seconds,
    badWindows: canaryBadWindows,
    responses,
    bad,
    weighed: { stable: weighed('stable'), canary: weighed('canary') },
    ...(bounds === undefined
      ? {}
      : { latency: { bounds, slow, worst: slow.map(() => ({ canary: 0, stable: 0 })), responses } }),
  };
}

function policyOf({ config = {}, latency }: Judged): VerdictPolicy {
  const { confidence, tolerance, sticky, advance, minimum, maximum, inconclusive } = config;
  const defaults = VERDICT_DEFAULTS;
  const quantiles = [...new Set(latency?.flatMap((step) => step.quantiles))];
  return {
    confidence: confidence ?? defaults.confidence,
    sticky: sticky ?? defaults.sticky,
    errors: { tolerance: tolerance ?? defaults.errors.tolerance },
    latency: latency === undefined ? undefined : { ...defaults.latency, quantiles },
    advance: {
      growth: advance?.growth ?? defaults.advance.growth,
      budget: advance?.budget ?? defaults.advance.budget,
    },
    minimum: {
      ms: minimum?.time === undefined ? defaults.minimum.ms : minimum.time * 1_000,
      responses: minimum?.responses ?? defaults.minimum.responses,
    },
    maximum: { ms: maximum?.time === undefined ? defaults.maximum.ms : maximum.time * 1_000 },
    inconclusive: inconclusive ?? defaults.inconclusive,
  };
}
