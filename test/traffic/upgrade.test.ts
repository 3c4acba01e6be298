import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aborted } from '../../functions/canary/aborted.ts';
import type { Canary, CanarySpec } from '../../functions/canary/canary.ts';
import { settled } from '../../functions/canary/settled.ts';
import { releaseTimes } from '../../functions/canary/times.ts';
import * as changes from '../../functions/canary/transitions/change-canary.ts';
import { abortOf, setWeights } from '../../functions/canary/transitions/change-weights.ts';
import { hasFallback } from '../../functions/canary/transitions/fallback.ts';
import type { Moment } from '../../functions/canary/transitions/moment.ts';
import { retryCanary } from '../../functions/canary/transitions/retry-canary.ts';
import type { Transition } from '../../functions/canary/transitions/transition.ts';
import { versionAfter } from '../../functions/canary/version-line.ts';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { readCanary } from '../../functions/table/stored.ts';
import { previewAnswers } from '../../functions/traffic/preview.ts';
import * as older from '../fixtures/upgrade/functions-b39b9d9.mjs';
import { CREATED_AT, specOf } from '../support/canaries.ts';
import { RECORD } from '../support/discovery-entry-point.ts';
import { at, namesOf } from '../support/values.ts';

// Functions of b39b9d9 and these, on the same rows: what a deployment and its rollback rest on.

const times = releaseTimes(undefined);
const parsed = parseClusterRecord(RECORD);
if (!parsed.valid) throw new Error('the record is not valid');
const record = parsed.value;

type Preview = ReturnType<typeof previewAnswers>;
/** What a proxy of `shop` is answered by functions of either version. */
const asked = (canary: Canary, now: number): { readonly old: Preview; readonly own: Preview } => {
  const row: unknown = JSON.parse(JSON.stringify(canary));
  return {
    old: older.previewAnswers([older.readCanary(row, 'x')], record, 'shop', now),
    own: previewAnswers([readCanary(row, 'x')], record, 'shop', now),
  };
};
const clustersOf = ({ clusters }: Preview): ReadonlyMap<string, unknown> =>
  new Map(clusters.resources.map((cluster) => [String(at(cluster, 'name')), cluster]));
/** Every Envoy cluster that routes lead to, but for those of the bootstrap. */
const ledTo = ({ routes }: Preview): readonly string[] =>
  [...JSON.stringify(routes.resources).matchAll(/"(?:cluster|name)":"([^"]*\|[^"]*)"/g)].map(([, name = '']) => name);

const manifest = (port: number, spec: Partial<CanarySpec> = {}) => ({
  metadata: { labels: {}, annotations: {} },
  spec: specOf({ service: { name: 'cart', port }, ...spec }),
});
const MIRROR = { mirror: { percentage: 1 }, match: [{ headers: { a: { present: true } } }] } as const;
const IDENTITY = { namespace: 'shop', name: 'cart', uid: 'u' };
const shares = (canary: number) => ({ stable: 100 - canary, canary });
const done = (canary: Canary, transition: Transition): Canary => (transition.allowed ? transition.canary : canary);

const anyAct = fc.record({
  by: fc.constantFrom<'old' | 'own'>('old', 'own'),
  wait: fc.constantFrom(0, 1_000, 80_000, 1_000_000, 4_000_000),
  act: fc.constantFrom('weights', 'weights', 'abort', 'retry', 'spec', 'mirror', 'delete'),
  share: fc.integer({ min: 0, max: 100 }),
  port: fc.integer({ min: 8080, max: 8082 }),
});
type Act = typeof anyAct extends fc.Arbitrary<infer T> ? T : never;

/** The row after an act of functions of either version, as they read it. */
function acted(row: Canary, { by, act, share, port }: Act, moment: Moment): Canary {
  const value: unknown = JSON.parse(JSON.stringify(row));
  const canary = settled((by === 'old' ? older : { readCanary }).readCanary(value, 'x'), moment.now);
  const code = by === 'old' ? older : { ...changes, setWeights, retryCanary };
  switch (act) {
    case 'weights':
      return done(canary, code.setWeights(canary, shares(share), moment));
    case 'abort': {
      // DynamoDB sets these attributes and leaves the rest, whichever version asks.
      const { status } = aborted(canary, abortOf(canary, moment, undefined), versionAfter(0, canary));
      return { ...canary, status: { ...status, atRest: canary.status.atRest } };
    }
    case 'retry':
      return done(canary, code.retryCanary(canary, moment));
    case 'delete':
      return share > 90 ? done(canary, changes.deleteCanary(canary, moment)) : canary;
    default:
      return done(canary, code.replaceCanary(canary, manifest(port, act === 'mirror' ? MIRROR : {}), moment));
  }
}

describe('functions of both versions answer in turn', () => {
  test('a row of the older version: its Envoy clusters are the very same', () => {
    const first = older.createCanary(manifest(8080), IDENTITY, { now: CREATED_AT, times });
    for (const now of [CREATED_AT, CREATED_AT + 100_000]) {
      const { old, own } = asked(first, now);
      expect(own.clusters).toEqual(old.clusters);
      expect(ledTo(own)).toEqual(ledTo(old));
    }
  });

  test('whatever either writes: no name has two contents, and each leads only to what the other serves while it may', () => {
    fc.assert(
      fc.property(fc.constantFrom<'old' | 'own'>('old', 'own'), fc.array(anyAct, { maxLength: 8 }), (creator, acts) => {
        let now = CREATED_AT;
        const create = creator === 'old' ? older.createCanary : changes.createCanary;
        let row = create(manifest(8080), IDENTITY, { now, times });
        for (const act of [...acts, undefined]) {
          const { old, own } = asked(row, now);
          const [theirs, ours] = [clustersOf(old), clustersOf(own)];
          for (const [name, cluster] of theirs) expect(ours.get(name)).toEqual(cluster);
          for (const name of [...ledTo(old), ...ledTo(own)]) expect(ours.has(name)).toBe(true);
          const isSettled = row.status.targets.some((target) => hasFallback(target, now));
          if (!isSettled) for (const name of ledTo(own)) expect(theirs.has(name)).toBe(true);
          // At rest nothing depends on the names: that is how one goes back after all.
          if (readCanary(JSON.parse(JSON.stringify(row)), 'x').status.atRest) expect(ledTo(own)).toEqual([]);
          expect(namesOf(own.listeners.resources)).toEqual(namesOf(old.listeners.resources));
          if (act === undefined) return;
          now += act.wait;
          row = acted(row, act, { now, times });
        }
      }),
      { numRuns: 150 },
    );
  });

  test('a write of the older version over one that was at rest is not taken for rest', () => {
    const resting = changes.createCanary(manifest(8080), IDENTITY, { now: CREATED_AT, times });
    const moved = older.setWeights(resting, shares(30), { now: CREATED_AT + 100_000, times });
    expect(moved.allowed && moved.canary.status.atRest).toBe(true);
    const { own } = asked(done(resting, moved), CREATED_AT + 100_000);
    expect(ledTo(own)).toEqual(['shop/cart/8080/r1|stable', 'shop/cart/8080/r1|canary']);
  });
});
