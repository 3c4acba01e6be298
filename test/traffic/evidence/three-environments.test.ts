import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Track } from '../../../functions/canary/canary.ts';
import type { EvidenceDescription } from '../../../functions/traffic/evidence/describe-evidence.ts';
import { CART, type EvidenceFleet, openEvidenceFleet } from '../../support/evidence-fleet.ts';
import { releaseOf } from '../../support/releases.ts';

const RUNS = { numRuns: 150 };

/** What one track of a step did, in one Pod, between two polls. */
interface Traffic {
  readonly responses: number;
  readonly errors: number;
  readonly refusedConnections: number;
}

/** One poll: by whom, to which environment, what became of it, and what was counted before it. */
interface Turn {
  readonly pod: number;
  readonly environment: number;
  /** `refused`: nothing of it was read. `lost`: all of it was, and the answer did not arrive. */
  readonly outcome: 'answered' | 'refused' | 'lost';
  readonly stable: Traffic;
  readonly canary: Traffic;
  readonly waitMs: number;
  /** Whether the weights move behind it. */
  readonly step: boolean;
}

const traffic: fc.Arbitrary<Traffic> = fc
  .record({ responses: fc.nat(50), errors: fc.nat(5), refusedConnections: fc.nat(3) })
  .map((some) => ({ ...some, errors: Math.min(some.errors, some.responses) }));
const turn: fc.Arbitrary<Turn> = fc.record({
  pod: fc.nat(4),
  environment: fc.nat(2),
  outcome: fc.constantFrom('answered', 'answered', 'answered', 'refused', 'lost'),
  stable: traffic,
  canary: traffic,
  waitMs: fc.integer({ min: 10, max: 900 }),
  step: fc.boolean(),
});

interface Delta {
  readonly seq: number;
  readonly version: string;
  readonly counts: object;
  sent: boolean;
}

/** The sidecar's queue (`core.lua`): deltas wait letter by letter until an answer comes. */
class Sidecar {
  readonly pending: Delta[] = [];
  private seq = 0;

  cut(version: string, now: number, { stable, canary }: Turn): void {
    this.seq = Math.max(this.seq + 1, now);
    const counts = { ...countsOf('stable', stable), ...countsOf('canary', canary) };
    this.pending.push({ seq: this.seq, version, counts, sent: false });
  }

  send(): unknown {
    return this.pending.map((delta) => {
      const { sent, ...report } = delta;
      delta.sent = true;
      return { ...report, ...(sent ? { again: 1 } : {}) };
    });
  }
}

function countsOf(track: Track, { responses, errors, refusedConnections }: Traffic): object {
  return {
    [`${CART}|${track}.upstream_rq_completed`]: responses + refusedConnections,
    [`${CART}|${track}.upstream_rq_2xx`]: responses + refusedConnections - errors,
    [`${CART}|${track}.upstream_rq_5xx`]: errors,
    [`${CART}|${track}.upstream_rq_retry`]: refusedConnections,
    [`${CART}|${track}-only.upstream_rq_total`]: responses,
    [`${CART}|${track}-only.upstream_rq_pending_failure_eject`]: refusedConnections,
    ...(responses === 0 ? {} : { [`${CART}|${track}.upstream_rq_time`]: `15:${responses}` }),
  };
}

/** Sums by step and track: of the truth, of windows, of proxies. */
type Sums = Map<string, { responses: number; errors: number; fallbacks: number }>;

function add(
  sums: Sums,
  weight: number,
  track: Track,
  more: { responses: number; errors: number; fallbacks: number },
): void {
  const before = sums.get(`${weight} ${track}`) ?? { responses: 0, errors: 0, fallbacks: 0 };
  sums.set(`${weight} ${track}`, {
    responses: before.responses + more.responses,
    errors: before.errors + more.errors,
    fallbacks: before.fallbacks + more.fallbacks,
  });
}

function collected(described: EvidenceDescription['windows'] | EvidenceDescription['proxies']['items']): Sums {
  const sums: Sums = new Map();
  for (const { weights, tracks } of described) {
    for (const track of ['stable', 'canary'] as const) add(sums, weights.canary, track, tracks[track]);
  }
  return sums;
}

const sorted = (sums: Sums): unknown =>
  [...sums].filter(([, { responses }]) => responses > 0).toSorted(([a], [b]) => (a < b ? -1 : 1));

/** Lets everything arrive: each Pod polls each environment until nothing waits. */
async function drain(fleet: EvidenceFleet, sidecars: readonly Sidecar[]): Promise<void> {
  for (const [pod, sidecar] of sidecars.entries()) {
    fleet.now += 500;
    await fleet.poll(pod, { pod: `p${pod}` }, { figures: sidecar.send() });
    sidecar.pending.length = 0;
  }
  for (let i = 0; i < 3; i++) {
    fleet.now += 1_500;
    for (let environment = 0; environment < 3; environment++)
      await fleet.poll(environment, { pod: 'p0' }, { figures: [] });
  }
}

test('in any order, with refused polls and lost answers, over three environments, totals are those of the truth', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 40 }), async (turns) => {
      const fleet = openEvidenceFleet();
      const sidecars = Array.from({ length: 5 }, () => new Sidecar());
      const truth: Sums = new Map();
      let [weight, version] = [10, 1];
      const serve = async (): Promise<void> => {
        fleet.serve(releaseOf({ weight, version }));
        // Each environment has served it before a Pod reports of it elsewhere.
        for (let environment = 0; environment < 3; environment++)
          await fleet.poll(environment, { pod: 'p0' }, { figures: [] });
      };
      await serve();
      for (const one of turns) {
        fleet.now += one.waitMs;
        const sidecar = sidecars[one.pod] ?? new Sidecar();
        sidecar.cut(fleet.version(), fleet.now, one);
        for (const track of ['stable', 'canary'] as const) {
          const { responses, errors, refusedConnections } = one[track];
          add(truth, weight, track, {
            responses: responses + refusedConnections,
            errors,
            fallbacks: refusedConnections,
          });
        }
        const figures = sidecar.send();
        if (one.outcome !== 'refused') await fleet.poll(one.environment, { pod: `p${one.pod}` }, { figures });
        if (one.outcome === 'answered') sidecar.pending.length = 0;
        if (one.step) {
          [weight, version] = [weight === 50 ? 10 : 50, version + 1];
          await serve();
        }
      }
      await drain(fleet, sidecars);
      const { windows, proxies } = fleet.evidence();
      expect([fleet.failures, fleet.refused, proxies.late]).toEqual([[], [], 0]);
      expect(sorted(collected(windows))).toEqual(sorted(truth));
      expect(sorted(collected(proxies.items))).toEqual(sorted(truth));
    }),
    RUNS,
  );
});
