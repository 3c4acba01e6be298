import type { CanaryEvidence } from './canary-evidence.ts';
import type { KnownSteps } from './known-steps.ts';
import type { FiguresReport, PollFigures } from './parse/parse-figures.ts';
import type { RecentNumbers } from './recent-numbers.ts';
import { numberOf } from './sums/absorb.ts';
import type { Step } from './sums/evidence-sums.ts';
import type { Watch, WatchedTarget } from './watch.ts';

/** Which proxy reports, and when, in milliseconds since the epoch. */
export interface Source {
  readonly key: string;
  readonly namespace: string;
  readonly pod: string;
  readonly at: number;
}

/** What the reports of a poll are added to. */
export interface FiguresTools {
  readonly watch: Watch;
  readonly numbers: RecentNumbers;
  readonly steps: KnownSteps;
  readonly sumsOf: (target: WatchedTarget) => CanaryEvidence;
}

/** A report that was sent before and is older by its own number may be summed in rows that no reader looks at any more. */
const AGAIN_MS_MAX = 9 * 60_000;

/**
 * Adds what a poll reports: each report once, of targets that the proxy's namespace sees and of no others.
 *
 * @returns how many reports are refused
 */
export function noteFigures(figures: PollFigures, source: Source, tools: FiguresTools): number {
  let { refused } = figures;
  for (const report of figures.reports) {
    const admission = tools.numbers.admit(source.namespace, source.key, report);
    if (admission === 'done') continue;
    if (admission === 'keep' && report.seq < source.at - AGAIN_MS_MAX) refused++;
    else addTargets(report, source, tools);
  }
  return refused;
}

function addTargets(report: FiguresReport, { at, ...whose }: Source, { watch, steps, sumsOf }: FiguresTools): void {
  const number = numberOf(whose.key, report.seq);
  for (const [name, tracks] of report.targets) {
    const target = watch.targets.get(name);
    if (target === undefined) continue;
    const step = stepOf(target, whose.namespace, report, steps);
    // What informs is never looked for in other rows: a repeat of it is one too many.
    if (step === undefined || (report.isAgain && !target.isCounted)) continue;
    const { isCounted } = target;
    sumsOf(target).add({ ...whose, isCounted, step, number, tracks }, report.isAgain, at);
  }
}

/** What was in force when the proxy counted. Of those that inform only the present version is remembered. */
function stepOf(
  target: WatchedTarget,
  namespace: string,
  { version }: FiguresReport,
  steps: KnownSteps,
): Step | undefined {
  if (target.isCounted) return steps.find(target.id, namespace, version);
  return version === target.version ? target.step : undefined;
}
