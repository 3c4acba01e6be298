import { QUANTILES_MAX, STEPS_MAX } from '../../../../functions/canary/verdict/policy.ts';
import { INCONCLUSIVE, POLICY_RANGES } from '../../../../functions/canary/verdict/read-policy.ts';
import { flag, integer, list, number, object, text, words } from '../../../../functions/json/schema/build.ts';

/** A release of a day has 17,280 windows. */
const WINDOWS_MAX = 100_000;
const PROXIES_MAX = 1_000;
const NAME_MAX = 253;
const COUNT = integer({ min: 0, max: 1e15 });
const SECONDS = number({ min: 0, max: 1e7, decimals: 3 });
const SHARE = number({ min: 0, max: 1, decimals: 9 });
const PLACE = integer({ min: 0, max: STEPS_MAX - 1 });
const TRACKS = object({ stable: COUNT, canary: COUNT }, {});
const WINDOW_TRACK = object({ responses: COUNT, bad: COUNT }, {});
const BOUNDS = list(number({ min: 0, max: 1e9, decimals: 3 }), {
  min: 0,
  max: QUANTILES_MAX,
  message: `must be a list of at most ${QUANTILES_MAX} bounds in milliseconds`,
});
const steps = (what: string) => ({ min: 1, max: STEPS_MAX, message: `must be a list of 1 to ${STEPS_MAX} ${what}` });
const range = (name: keyof typeof POLICY_RANGES) => number({ ...POLICY_RANGES[name], decimals: 6, optional: true });

/** The policy; what is absent is the default. Times in seconds. */
const CONFIG = object(
  {
    confidence: range('confidence'),
    tolerance: range('tolerance'),
    sticky: flag({ optional: true }),
    advance: object({ growth: range('growth'), budget: range('budget') }, { optional: true }),
    minimum: object(
      {
        time: number({ min: 0, max: 86_400, decimals: 3, optional: true }),
        responses: integer({ ...POLICY_RANGES.minimumResponses, optional: true }),
      },
      { optional: true },
    ),
    maximum: object({ time: number({ min: 1, max: 604_800, decimals: 3, optional: true }) }, { optional: true }),
    inconclusive: words(INCONCLUSIVE, { optional: true }),
  },
  { optional: true },
);

/** Sums of a step since all proxies run its routes. */
const STEP = object(
  { weight: SHARE, seconds: SECONDS, windows: COUNT, canaryBadWindows: COUNT, responses: TRACKS, bad: TRACKS },
  {},
);

/** Five seconds of a step; -1 is the baseline. By these bad responses are weighed. */
const WINDOW = object(
  {
    step: integer({ min: -1, max: STEPS_MAX - 1 }),
    weight: SHARE,
    seconds: SECONDS,
    stable: WINDOW_TRACK,
    canary: WINDOW_TRACK,
  },
  {},
);

/** Bad responses and responses of canary and stable, of one proxy in one step. */
const PROXY = object(
  {
    id: text({ maxLength: NAME_MAX }),
    steps: list(object({ c: COUNT, s: COUNT, nc: COUNT, ns: COUNT }, {}), steps('steps')),
  },
  {},
);

/** Slow responses of one step, by the bounds that were frozen before it. */
const LATENCY = object(
  {
    quantiles: list(number({ ...POLICY_RANGES.quantile, decimals: 6 }), {
      min: 0,
      max: QUANTILES_MAX,
      message: `must be a list of at most ${QUANTILES_MAX} shares, 0.5 for the median`,
    }),
    boundsStable: BOUNDS,
    boundsCanary: BOUNDS,
    cells: list(object({ c: COUNT, s: COUNT }, {}), {
      min: 0,
      max: QUANTILES_MAX,
      message: `must be a list of at most ${QUANTILES_MAX} objects {c, s}`,
    }),
  },
  {},
);

/** What `outrigger canary judge` reads. */
export const JUDGED = object(
  {
    config: CONFIG,
    plan: list(SHARE, steps('shares, 0 to 1')),
    step: PLACE,
    baseline: object({ seconds: SECONDS, responses: COUNT, bad: COUNT }, { optional: true }),
    steps: list(STEP, steps('steps')),
    windows: list(WINDOW, {
      min: 0,
      max: WINDOWS_MAX,
      message: `must be a list of at most ${WINDOWS_MAX} windows`,
      optional: true,
    }),
    proxies: list(PROXY, {
      min: 0,
      max: PROXIES_MAX,
      message: `must be null, or a list of at most ${PROXIES_MAX} proxies`,
      optional: true,
      absentAs: [null],
    }),
    latency: list(LATENCY, {
      min: 0,
      max: STEPS_MAX,
      message: `must be a list of at most ${STEPS_MAX} steps`,
      optional: true,
      absentAs: [null],
    }),
  },
  // Time is what the steps tell.
  { passedOver: ['now'], wrongType: 'must be an object with plan, step and steps' },
);
