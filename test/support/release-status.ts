import type { Release } from '../../functions/canary/canary.ts';
import { parseCanary } from '../../functions/canary/document/parse-canary.ts';
import { manifestOf } from './canaries.ts';

/** When everything of these releases was. */
export const TIME = '2026-11-22T12:00:00.000Z';

/** A `status.release` at the first of two steps, under the default policy; throws where a strategy of nothing is none. */
export function releaseAt(more: Partial<Release> = {}): Release {
  const parsed = parseCanary(manifestOf({ strategy: {} }));
  const strategy = parsed.valid ? parsed.value.spec.strategy : undefined;
  if (strategy === undefined) throw new TypeError('a strategy of nothing is one');
  return {
    attempt: 1,
    trigger: 'Start',
    startedAt: TIME,
    state: 'Progressing',
    currentStepIndex: 0,
    startByTraffic: false,
    steps: [{ setWeight: 10 }, { setWeight: 100 }],
    analysis: strategy.analysis,
    progressDeadline: strategy.progressDeadline,
    taken: [],
    stepStartedAt: TIME,
    ...more,
  };
}
