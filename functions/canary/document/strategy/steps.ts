import { isRecord } from '../../../json/faults.ts';
import { choice, list, number, object } from '../../../json/schema/build.ts';
import type { Place } from '../../../json/schema/schema.ts';
import { time } from './fields.ts';

/** How many a strategy may have: each is a write that all proxies follow, and a part of the canary's own document. */
export const STEPS_MAX = 32;

/** One step, in Argo Rollouts' words. */
export const STEP = choice(
  {
    /** The canary's share in percent, more than that of the step before. */
    setWeight: number({ min: 0.01, max: 100, decimals: 2 }),
    /** The release waits: so long, or until it is promoted. */
    pause: object(
      {
        /** How long: `90s`, `5m`. Without it the release waits until it is promoted. */
        duration: time({ min: '1s', max: '720h' }, { optional: true }),
      },
      {},
    ),
  },
  { message: 'must be one of {setWeight: PERCENT}, {pause: {}} and {pause: {duration: TIME}}' },
);

/** `steps` of a strategy: weights that rise, and pauses between them. */
export const STEPS = list(STEP, {
  min: 1,
  max: STEPS_MAX,
  message: `must be a list of 1 to ${STEPS_MAX} steps: {setWeight: PERCENT} or {pause: {duration: TIME}}`,
  optional: true,
  rule: rising,
});

/** A weight as a whole number of `totalWeight`; no whole number where it cannot be counted in them. */
export function weightOf(percent: number, totalWeight: number): number {
  // 0.07 of 10,000 is 7.000000000000001 as a product.
  return Math.round(percent * totalWeight * 100) / 10_000;
}

function rising(steps: unknown, { check, path, around }: Place): unknown {
  const total = Number(around.at(-2)?.['totalWeight'] ?? 100);
  let last = 0;
  for (const [i, step] of (Array.isArray(steps) ? steps : []).entries()) {
    const weight: unknown = isRecord(step) ? step['setWeight'] : undefined;
    if (typeof weight !== 'number') continue;
    const at = `${path}[${i}].setWeight`;
    if (weight <= last) check.fault(at, `must be more than the step before (${last}): a release only raises the share`);
    if (!Number.isInteger(weightOf(weight, total))) {
      check.fault(at, 'must be a whole number of percent; spec.totalWeight: 10000 allows two decimals');
    }
    last = weight;
  }
  return steps;
}
