/** What a release does at `maximum` when the evidence has decided nothing. */
export type Inconclusive = 'AdvanceUnlessSuspect' | 'Hold' | 'Abort';

/** By which policy a release is judged. It is frozen when the release begins: another one on old sums voids the guarantee. */
export interface VerdictPolicy {
  /** P(a good canary is ever convicted) is at most 1 less this, over the whole release. */
  readonly confidence: number;
  /** Whether users stay on their track (`sessionAffinity`): their bad responses clump, which asks for more. */
  readonly sticky: boolean;
  /** A canary is good up to so many times stable's rate of bad responses. */
  readonly errors: { readonly tolerance: number };
  /** Absent: the time that responses take is not judged. */
  readonly latency?: LatencyPolicy | undefined;
  /** A step ends early when the next one cannot do more harm: to the Service's rate by a factor of 1 + `growth`, or by `budget` as a share. */
  readonly advance: { readonly growth: number; readonly budget: number };
  /** Of each step: milliseconds, and responses of the canary. */
  readonly minimum: { readonly ms: number; readonly responses: number };
  /** Of each step, in milliseconds. */
  readonly maximum: { readonly ms: number };
  readonly inconclusive: Inconclusive;
}

/** Which responses count as slow. */
export interface LatencyPolicy {
  /** Of stable's responses, 0.5 for the median: stable is slow above each. */
  readonly quantiles: readonly number[];
  /** The canary is slow above so much more time, 0.2 for 20 %. */
  readonly margin: number;
  /** One more bound, in milliseconds, for both tracks alike. */
  readonly slowerThanMs?: number | undefined;
}

/** What a policy is where an author leaves it out. The figures behind it stand in docs/verdict.md. */
export const VERDICT_DEFAULTS: VerdictPolicy & { readonly latency: LatencyPolicy } = {
  confidence: 0.99,
  sticky: false,
  errors: { tolerance: 1.1 },
  latency: { quantiles: [0.5, 0.9, 0.99], margin: 0.2 },
  advance: { growth: 0.5, budget: 0.0025 },
  minimum: { ms: 60_000, responses: 50 },
  maximum: { ms: 1_800_000 },
  inconclusive: 'AdvanceUnlessSuspect',
};

/** The canary's share in each step, where an author names none. */
export const DEFAULT_PLAN: readonly number[] = [0.01, 0.05, 0.2, 0.5, 1];
/** How long stable is watched before the first share, in milliseconds: 24 windows, for its histogram and its bursts. */
export const BASELINE_MS = 120_000;
/** How long a canary with every request is watched, in milliseconds. */
export const BAKE_MS = 300_000;
/** With affinity a release begins no lower: a twentieth of the users, where a hundredth are too few to tell a version from them. */
export const STICKY_SHARE_MIN = 0.05;
/** Responses of the canary that the first step of the default plan must bring within `FIRST_STEP_SECONDS`. */
export const FIRST_STEP_RESPONSES = 50;
/** See `FIRST_STEP_RESPONSES`; a slower step would be lost time. */
export const FIRST_STEP_SECONDS = 300;

/** With affinity a canary is good up to so many times stable's rate at least. */
export const STICKY_TOLERANCE_MIN = 2;
/** Steps of a plan; records have room for so many. */
export const STEPS_MAX = 64;
/** Bounds of latency, besides `slowerThanMs`. */
export const QUANTILES_MAX = 5;
