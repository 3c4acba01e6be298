import { QUANTILES_MAX } from '../../../../functions/canary/verdict/policy.ts';
import { isPlan } from '../../../../functions/canary/verdict/record.ts';
import { Check } from '../../../../functions/json/check.ts';
import type { Parsed } from '../../../../functions/json/faults.ts';
import type { Infer } from '../../../../functions/json/schema/infer.ts';
import { parse } from '../../../../functions/json/schema/read.ts';
import { JUDGED } from './schema.ts';

/** Evidence that is to be judged, with the policy in it. */
export type Judged = Infer<typeof JUDGED>;

/** Parses evidence; every fault with its path. */
export function parseJudged(value: unknown): Parsed<Judged> {
  const parsed = parse(JUDGED, value);
  if (!parsed.valid) return parsed;
  const check = new Check();
  checkPlan(check, parsed.value);
  checkCounts(check, parsed.value);
  checkWindows(check, parsed.value);
  checkLatency(check, parsed.value);
  return check.faults.length === 0 ? parsed : { valid: false, faults: check.faults };
}

function checkPlan(check: Check, { plan, step, steps }: Judged): void {
  if (!isPlan(plan)) check.fault('plan', 'must be shares above 0 that rise, at most 1');
  if (steps.length > plan.length) check.fault('steps', `must be at most ${plan.length}, as the plan has`);
  if (step >= steps.length) check.fault('step', `must be below ${steps.length}, the number of steps`);
  for (const [j, { weight }] of steps.entries()) {
    if (j < plan.length && weight !== plan[j]) check.fault(`steps[${j}].weight`, `must be ${plan[j]}, as in the plan`);
  }
}

function checkCounts(check: Check, { steps, baseline }: Judged): void {
  const most = 'must be at most the responses: count a request without a response among both';
  for (const [j, { bad, responses, windows, canaryBadWindows }] of steps.entries()) {
    for (const track of ['stable', 'canary'] as const) {
      if (bad[track] > responses[track]) check.fault(`steps[${j}].bad.${track}`, most);
    }
    if (canaryBadWindows > windows) check.fault(`steps[${j}].canaryBadWindows`, 'must be at most windows');
  }
  if (baseline !== undefined && baseline.bad > baseline.responses) check.fault('baseline.bad', most);
}

function checkWindows(check: Check, { plan, steps, windows = [] }: Judged): void {
  for (const [i, window] of windows.entries()) {
    const path = `windows[${i}]`;
    const weight = window.step === -1 ? 0 : plan[window.step];
    if (window.step >= steps.length) check.fault(`${path}.step`, `must be below ${steps.length}, the number of steps`);
    else if (window.weight !== weight) check.fault(`${path}.weight`, `must be ${weight}, as in the plan`);
    if (window.step < (windows[i - 1]?.step ?? -1))
      check.fault(`${path}.step`, 'must not be below that of the window before');
    for (const track of ['stable', 'canary'] as const) {
      const { bad, responses } = window[track];
      if (bad > responses) check.fault(`${path}.${track}.bad`, 'must be at most the responses');
    }
  }
}

function checkLatency(check: Check, { steps, latency = [] }: Judged): void {
  if (latency.length > steps.length) check.fault('latency', `must be at most ${steps.length}, the number of steps`);
  for (const [j, { quantiles, boundsStable, boundsCanary, cells }] of latency.entries()) {
    const lengths = new Set([quantiles, boundsStable, boundsCanary, cells].map((each) => each.length));
    if (lengths.size > 1) {
      check.fault(`latency[${j}]`, 'must have as many boundsStable, boundsCanary and cells as quantiles');
    }
    if (new Set(quantiles).size < quantiles.length) check.fault(`latency[${j}].quantiles`, 'must not have one twice');
  }
  const all = new Set(latency.flatMap(({ quantiles }) => quantiles));
  if (all.size > QUANTILES_MAX) {
    check.fault('latency', `must have at most ${QUANTILES_MAX} quantiles over all steps`);
  }
}
