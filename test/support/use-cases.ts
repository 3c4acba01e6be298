import type { Canary, CanaryWeights } from '../../functions/canary/canary.ts';
import { type CanaryManifest, parseCanary } from '../../functions/canary/document/parse-canary.ts';
import type { WeightsRequest } from '../../functions/canary/document/parse-weights.ts';
import type { CanaryStore } from '../../functions/canary/store.ts';
import type { Parsed } from '../../functions/json/faults.ts';
import { createLog } from '../../functions/log.ts';
import type { ReleaseCall } from '../../functions/releases/call.ts';
import { CREATED_AT, manifestOf } from './canaries.ts';
import { TIMES } from './release-times.ts';
import { recordOf } from './values.ts';

/** Who calls in the tests of the use cases: no person, and over no HTTP. */
export const MACHINE = 'step machine';

/** Use cases over a store, with a clock that is set; no time passes while a lost race waits. */
export interface UseCases {
  /** A call about a canary of `shop`, now; `store` stands between it and the store. */
  call(name?: string, store?: CanaryStore): ReleaseCall;
  /** What the clock shows at first, in milliseconds since the epoch. */
  readonly start: number;
  /** Sets the clock to so many seconds after the start. */
  at(seconds: number): void;
  /** Milliseconds since the epoch. */
  now(): number;
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** What was waited after lost races, in milliseconds. */
  readonly pauses: readonly number[];
}

/**
 * @param open makes the store, which may read the clock of the use cases
 * @param start for a store that has the machine's clock: what it shows
 */
export function openUseCases(open: (now: () => number) => CanaryStore, start = CREATED_AT): UseCases {
  let now = start;
  let uids = 0;
  const lines: Readonly<Record<string, unknown>>[] = [];
  const pauses: number[] = [];
  const clock = (): number => now;
  const opened = open(clock);
  return {
    start,
    lines,
    pauses,
    now: clock,
    at: (seconds) => {
      now = start + seconds * 1_000;
    },
    call: (name = 'cart', store = opened) => ({
      tools: {
        store,
        log: createLog((line) => lines.push(recordOf(JSON.parse(line))), clock),
        now: clock,
        random: () => 0.25,
        pause: async (ms) => void pauses.push(ms),
        newUid: () => `00000000-0000-4000-8000-${String(++uids).padStart(12, '0')}`,
      },
      caller: MACHINE,
      key: { cluster: 'local', namespace: 'shop', name },
      moment: { now, times: TIMES },
      signal: AbortSignal.timeout(30_000),
    }),
  };
}

/** The manifest of a canary on a Service of its own name; throws where it is none. */
export function releaseManifest(
  name = 'cart',
  spec: Readonly<Record<string, unknown>> = {},
  metadata: Readonly<Record<string, unknown>> = {},
): CanaryManifest {
  const parsed = parseCanary(manifestOf({ service: { name, port: 8080 }, ...spec }, { name, ...metadata }));
  if (parsed.valid) return parsed.value;
  throw new TypeError(JSON.stringify(parsed.faults));
}

/** A share for the canary, as `setReleaseWeights` takes it. */
export function share(canary: number, reason?: string): (current: Canary) => Parsed<WeightsRequest> {
  return ({ spec: { totalWeight } }) => {
    const weights: CanaryWeights = { stable: totalWeight - canary, canary };
    return { valid: true, value: { weights, ...(reason === undefined ? {} : { reason }) } };
  };
}
