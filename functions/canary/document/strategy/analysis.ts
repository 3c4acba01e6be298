import { isRecord } from '../../../json/faults.ts';
import { integer, list, number, text, words } from '../../../json/schema/build.ts';
import type { Place } from '../../../json/schema/schema.ts';
import { durationMs } from '../../../template/parameter/types.ts';
import { BAKE_MS, BASELINE_MS, QUANTILES_MAX, VERDICT_DEFAULTS } from '../../verdict/policy.ts';
import { METRICS } from '../metrics/metrics.ts';
import { defaulted, share, time } from './fields.ts';

/** Up to a quarter of an hour. */
const SLOWER_THAN = /^[1-9](\d{0,5}ms|\d{0,2}s)$/;

const { confidence, errors, latency, advance, minimum, maximum, inconclusive } = VERDICT_DEFAULTS;

/** `analysis` of a strategy: how the counts of the callers' own proxies are judged (docs/verdict.md). */
export const ANALYSIS = defaulted(
  {
    /** How sure a conviction is: a good canary is convicted with a probability of at most 1 - confidence, over the whole release. */
    confidence: number({ min: 0.8, max: 0.9999, decimals: 4, fallback: confidence }),
    /** How long stable alone is measured before the canary gets its first share, at 100/0 through the stable track. */
    baseline: time({ min: '10s', max: '6h' }, { fallback: `${BASELINE_MS / 1_000}s` }),
    /** Bad responses: 5xx, gRPC failures, fallbacks, cut and unanswered requests. */
    errors: defaulted({
      /** A canary is bad above so many times stable's share of bad responses. With `sessionAffinity` at least 2. */
      tolerance: number({ min: 1, max: 10, decimals: 2, fallback: errors.tolerance }),
    }),
    /** Slow responses. Without quantiles and `slowerThan` latency is not judged. */
    latency: defaulted({
      /** Quantiles of stable's latency, in percent, that the canary is measured by; `[]` for none. At most 5. */
      quantiles: list(number({ min: 1, max: 99.9, decimals: 1 }), {
        min: 0,
        max: QUANTILES_MAX,
        message: `must be a list of at most ${QUANTILES_MAX} numbers from 1 to 99.9`,
        fallback: latency.quantiles.map((quantile) => 100 * quantile),
      }),
      /** How much slower than stable a canary may be. Buckets are up to 10 % wide, so less is not honest. */
      margin: share(10, 500, { fallback: `${100 * latency.margin}%` }),
      /** Responses slower than this count as slow too, without a margin: `300ms`, `2s`. */
      slowerThan: text({ pattern: SLOWER_THAN, message: 'must be a time such as 300ms or 2s', optional: true }),
    }),
    /** When a step ends early: when the next one cannot do harm. */
    advance: defaulted({
      /** The next step cannot raise the bad responses of the Service by more than this share of them. */
      growth: number({ min: 0.01, max: 10, decimals: 2, fallback: advance.growth }),
      /** Or cannot add more bad responses than this share of all. */
      budget: share(0.01, 50, { fallback: `${100 * advance.budget}%` }),
    }),
    /** What each step has at least. */
    minimum: defaulted({
      /** A time since its weight is confirmed. */
      time: time({ min: '5s', max: '24h' }, { fallback: `${minimum.ms / 1_000}s` }),
      /** Responses of the canary. */
      responses: integer({ min: 1, max: 1_000_000, fallback: minimum.responses }),
    }),
    /** What each step has at most. */
    maximum: defaulted({
      /** A time since its weight is confirmed; then `inconclusive` holds. */
      time: time({ min: '30s', max: '168h' }, { fallback: `${maximum.ms / 60_000}m` }),
    }),
    /** What becomes of a step that is neither convicted nor cleared by `maximum.time`: the next one unless there is any suspicion, a wait, or an abort. */
    inconclusive: words(['AdvanceUnlessSuspect', 'Hold', 'Abort'], { fallback: inconclusive }),
    /** How long the canary has everything before the release waits for promotion. Outside the guarantee: there is no stable beside it. */
    bake: defaulted({
      /** A time since 100 % is confirmed. */
      time: time({ min: '0s', max: '24h' }, { fallback: `${BAKE_MS / 60_000}m` }),
      /** What becomes of a canary that is far worse than stable was: an abort, or a notice alone. */
      atFull: words(['Abort', 'Notify'], { fallback: 'Abort' }),
    }),
    /** What other systems measure. It can hold or abort a release, outside the guarantee (docs/metrics.md). At most 10. */
    metrics: METRICS,
  },
  inOrder,
);

function inOrder(analysis: unknown, { check, path }: Place): unknown {
  const [minimum, maximum] = ['minimum', 'maximum'].map((key) => timeIn(analysis, key));
  if (minimum !== undefined && maximum !== undefined && durationMs(minimum) > durationMs(maximum)) {
    check.fault(`${path}.maximum.time`, `must be at least the minimum.time (${minimum})`);
  }
  return analysis;
}

function timeIn(analysis: unknown, key: string): string | undefined {
  const part = isRecord(analysis) ? analysis[key] : undefined;
  const found = isRecord(part) ? part['time'] : undefined;
  return typeof found === 'string' ? found : undefined;
}
