import { durationMs } from '../../template/parameter/types.ts';
import type { Hook } from '../document/strategy/hooks.ts';
import { foldMeasurements, nextMeasurementAt } from '../metrics/fold.ts';
import {
  type Measurement,
  type MetricLimits,
  type MetricState,
  type MetricsRecord,
  stateOf,
} from '../metrics/metric-state.ts';
import type { HookResponse } from './ask-hooks.ts';

/** What `pre-rollout` and `rollout` hooks come to, as sentences. */
export interface ChecksJudgement {
  /** One has failed too often. */
  readonly abort?: string;
  /** One has not succeeded where it has to. */
  readonly hold?: string;
}

/** Those that are to be asked now. One of `pre-rollout` is asked until it has succeeded. @param now milliseconds since the epoch */
export function dueChecks(checks: readonly Hook[], record: MetricsRecord, now: number): readonly Hook[] {
  return checks.filter((hook) => {
    const at = nextMeasurementAt(limitsOf(hook), record);
    const isOver = hook.type === 'pre-rollout' && stateOf(record, hook.name).successful > 0;
    return at !== undefined && at <= now && !isOver;
  });
}

/**
 * The record with these responses; a pending one is none yet.
 *
 * @param all every check of the release: others are left out of the record
 * @param now milliseconds since the epoch
 */
export function countChecks(
  all: readonly Hook[],
  record: MetricsRecord,
  asked: readonly Hook[],
  responses: readonly HookResponse[],
  now: number,
): MetricsRecord {
  const found = asked.flatMap(({ name }, i): readonly (readonly [string, Measurement])[] => {
    const response = responses[i];
    if (response === undefined || (!response.isSuccess && response.isPending)) return [];
    const at = { at: now, hasData: true };
    return [
      [
        name,
        response.isSuccess ? { ...at, phase: 'Successful' } : { ...at, phase: 'Failed', message: response.sentence },
      ],
    ];
  });
  return foldMeasurements(all.map(limitsOf), record, new Map(found));
}

/** Judges what was counted. @param since when the step began, in milliseconds since the epoch: a `rollout` hook succeeds in each */
export function judgeChecks(checks: readonly Hook[], record: MetricsRecord, since: number): ChecksJudgement {
  const states = checks.map((hook) => ({ hook, state: stateOf(record, hook.name) }));
  const failed = states.find(({ state }) => state.phase === 'Failed');
  if (failed !== undefined) return { abort: sentenceOfFailure(failed.hook, failed.state) };
  const holding = states.find(({ hook, state }) => isHolding(hook, state, since));
  if (holding === undefined) return {};
  const message = holding.state.measurements.at(-1)?.message;
  return { hold: message ?? `hook ${holding.hook.name}: it has not succeeded in this step yet` };
}

function isHolding({ type }: Hook, { successful, successfulAt, measurements }: MetricState, since: number): boolean {
  if (type === 'pre-rollout') return successful === 0;
  return successfulAt === undefined || successfulAt < since || measurements.at(-1)?.phase === 'Failed';
}

function sentenceOfFailure({ failureLimit }: Hook, { name, failed }: MetricState): string {
  const times = `${failed} ${failed === 1 ? 'time' : 'times'}`;
  return `hook ${name} failed ${times}: failureLimit is ${failureLimit}; that is outside the verdict's guarantee`;
}

function limitsOf({ name, interval, failureLimit }: Hook): MetricLimits {
  return {
    ...{ name, intervalMs: durationMs(interval), initialDelayMs: 0, failureLimit },
    ...{ inconclusiveLimit: 0, consecutiveErrorLimit: 0, dryRun: false },
  };
}
