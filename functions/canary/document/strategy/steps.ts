import { isRecord } from '../../../json/faults.ts';
import type { Json } from '../../../json/json.ts';
import { choice, list, number, object } from '../../../json/schema/build.ts';
import type { Place } from '../../../json/schema/schema.ts';
import { durationMs } from '../../../template/parameter/duration.ts';
import { METRICS_MAX } from '../../metrics/metric-state.ts';
import { haveNames, METRIC } from '../metrics/metrics.ts';
import { time } from './fields.ts';
import { MANAGED_MATCHES_MAX, SET_HEADER_ROUTE, SET_MIRROR_ROUTE } from './managed-routes.ts';

/** How many a strategy may have: each is a write that all proxies follow, and a part of the canary's own document. */
export const STEPS_MAX = 32;

/** As long as a step may take in all (`maximum.time`), in hours. */
const RUN_HOURS_MAX = 168;

/** The metrics of an `analysis` step. */
const RUN_METRICS = list(METRIC, {
  min: 1,
  max: METRICS_MAX,
  message: `must be a list of 1 to ${METRICS_MAX} metrics`,
  rule: (metrics, place) => areBounded(haveNames(metrics, place), place),
});

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
    /** The release stays at its weight until these are measured as often as they ask for: one that fails takes the canary back, one that is inconclusive pauses the release. */
    analysis: object(
      {
        /** What is measured, beginning with the step. `count` is 1 unless it is given. 1 to 10. */
        metrics: RUN_METRICS,
      },
      {},
    ),
    /** Requests with a header go to the canary's Pods, whatever its weight, until the release is over. They are no evidence. */
    setHeaderRoute: SET_HEADER_ROUTE,
    /** The canary gets copies of requests, until the release is over. They are no evidence. */
    setMirrorRoute: SET_MIRROR_ROUTE,
  },
  {
    message:
      'must be one of {setWeight: PERCENT}, {pause: {}}, {pause: {duration: TIME}}, {analysis: {metrics: […]}}, {setHeaderRoute: …} and {setMirrorRoute: …}',
  },
);

/** `steps` of a strategy: weights that rise, with pauses and analyses between them. */
export const STEPS = list(STEP, {
  min: 1,
  max: STEPS_MAX,
  message: `must be a list of 1 to ${STEPS_MAX} steps: {setWeight: PERCENT}, {pause: {duration: TIME}} or {analysis: {metrics: […]}}`,
  optional: true,
  rule: (steps, place) => routesInBounds(rising(steps, place), place),
});

/** A weight as a whole number of `totalWeight`; no whole number where it cannot be counted in them. */
export function weightOf(percent: number, totalWeight: number): number {
  // 0.07 of 10,000 is 7.000000000000001 as a product.
  return Math.round(percent * totalWeight * 100) / 10_000;
}

/** A run ends: what is measured for longer than a step may take is for `analysis.metrics`. */
function areBounded(metrics: unknown, { check, path }: Place): unknown {
  for (const [i, metric] of (Array.isArray(metrics) ? metrics : []).entries()) {
    if (!isRecord(metric)) continue;
    const { interval, initialDelay, count = 1 } = metric;
    if (typeof interval !== 'string' || typeof initialDelay !== 'string') continue;
    const ms = durationMs(initialDelay) + (Number(count) - 1) * durationMs(interval);
    if (ms <= RUN_HOURS_MAX * 3_600_000) continue;
    check.fault(`${path}[${i}].count`, `must be fewer, or interval shorter: a step takes ${RUN_HOURS_MAX}h at most`);
  }
  return metrics;
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

/** Routes of steps are in every proxy; behind 100 % there is nothing left to route. */
function routesInBounds(steps: unknown, { check, path }: Place): unknown {
  const all = Array.isArray(steps) ? steps : [];
  const whole = all.findIndex((step) => isRecord(step) && step['setWeight'] === 100);
  let matches = 0;
  for (const { at, index, route } of all.flatMap(routesIn)) {
    if (whole !== -1 && index > whole) {
      check.fault(`${path}${at}`, 'must stand before the weight of 100: behind it nothing is left to route');
    }
    matches += Array.isArray(route['match']) ? route['match'].length : 0;
  }
  if (matches > MANAGED_MATCHES_MAX) {
    check.fault(
      path,
      `has ${matches} entries of match in routes; all steps together have at most ${MANAGED_MATCHES_MAX}`,
    );
  }
  return steps;
}

/** The route of a step, where it has one. */
function routesIn(step: unknown, index: number): readonly { at: string; index: number; route: Json }[] {
  return ['setHeaderRoute', 'setMirrorRoute'].flatMap((key) => {
    const route = isRecord(step) ? step[key] : undefined;
    return isRecord(route) ? [{ at: `[${index}].${key}`, index, route }] : [];
  });
}
