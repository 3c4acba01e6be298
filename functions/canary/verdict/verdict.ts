import type { ProxySteps } from './trust.ts';

/** What a verdict may be. `advance` and `abort` are no verdicts of the evidence: the time of the step is over. */
export type Decision = 'convict' | 'acquit' | 'hold' | 'advance' | 'abort';

/**
 * Why. Of `convict`: `errors`, `latency`, `bake` (at 100 %, outside the guarantee). Of `acquit`: `ratio`, `budget`. Of `advance`
 * and `abort`: `inconclusive`. Of `hold` all others, and these: `inconclusive` (the time is over), `bake` (nothing is wrong).
 */
export type Why =
  | 'errors'
  | 'latency'
  | 'bake'
  | 'ratio'
  | 'budget'
  | 'inconclusive'
  /** Enough is bad, and only one proxy tells it. */
  | 'lone'
  /** Enough is bad, and it came in too few windows. */
  | 'guard'
  /** Enough is bad, and the Service as a whole does not fail more than in the baseline: some users do. */
  | 'affinity'
  /** Too much is bad to go on, too little to convict. */
  | 'suspicion'
  | 'little-traffic'
  /** The shortest time of a step is not over. */
  | 'minimum'
  /** Neither worse nor harmless yet. */
  | 'undecided';

/** What is judged: a step at a moment. */
export interface Look {
  /** The place in the plan. */
  readonly step: number;
  /** How long the step has been in force at all proxies. */
  readonly seconds: number;
  /** The canary's share in the next step, 0 to 1; 1 after the last. */
  readonly nextWeight: number;
  /** What single proxies counted since the release began; undefined where that is not known. */
  readonly proxies: readonly ProxySteps[] | undefined;
}

/** What was found, before it is put into words. */
export interface Finding {
  readonly decision: Decision;
  readonly why: Why;
  /** Of `lone`: the proxy that alone tells it, or of several the one that tells too much of it. */
  readonly proxy?: string;
  readonly isOneOfSeveral?: boolean;
  /** Of `lone`: it is about response times, of which it is not known which proxy told them. */
  readonly isOfTimes?: boolean;
}

/** A verdict with its reason and the evidence in numbers. */
export interface Verdict {
  readonly decision: Decision;
  readonly why: Why;
  /** Logarithm of E, of both criteria together; `Math.log(1 / (1 - confidence))` is needed. Without regard to guards. */
  readonly logE: number;
  readonly logEErrors: number;
  readonly logELatency: number;
  /** The canary's share of the step's responses, 0 to 1; the weight that is set where there are none. */
  readonly measuredShare: number;
  readonly sentence: string;
}
