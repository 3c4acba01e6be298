/** What sums have room for. */
export interface EvidenceLimits {
  /** Versions of the routes, and those among them of one namespace that this environment never served. */
  readonly steps: number;
  readonly unknownSteps: number;
  /** Keys of proxies that report, and of those that do not. */
  readonly keys: number;
  /** Numbers of summed reports: of one namespace, and of all. */
  readonly numbers: { readonly own: number; readonly all: number };
  /** Reports that were sent before: of one namespace, and of all. */
  readonly kept: { readonly own: number; readonly all: number };
}

/**
 * Of one canary in one slot, so that its row has room: a walk back and forth as fast as it can go, in some namespaces;
 * 24 KB of keys, 120 KB of numbers, about as much of reports that were sent before.
 */
export const SLOT_LIMITS: EvidenceLimits = {
  steps: 24,
  unknownSteps: 4,
  keys: 2_000,
  numbers: { own: 5_000, all: 20_000 },
  kept: { own: 48, all: 96 },
};
const ANY = Number.POSITIVE_INFINITY;
/** For those who read rows, which have their bounds already. */
export const NO_LIMITS: EvidenceLimits = {
  steps: ANY,
  unknownSteps: ANY,
  keys: ANY,
  numbers: { own: ANY, all: ANY },
  kept: { own: ANY, all: ANY },
};
