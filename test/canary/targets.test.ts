import { describe, expect, test } from 'vitest';
import type { CanaryTarget } from '../../functions/canary/canary.ts';
import { liveTargets, nextChange, servedTarget } from '../../functions/canary/targets.ts';
import { CREATED_AT, canaryOf, targetOf } from '../support/canaries.ts';

const FIRST = [targetOf(1, 70)];
const MOVED = [targetOf(1, 70, 340), targetOf(2, 270)];
/** The second was replaced before its time came. */
const REPLACED = [targetOf(1, 70, 390), targetOf(2, 320, 320), targetOf(3, 320)];
const DELETED = [targetOf(1, 70, 270)];

describe('at a time after the creation', () => {
  type Row = [string, readonly CanaryTarget[], number, number | undefined, number[], number | undefined];
  test.each<Row>([
    ['a new canary has no routes', FIRST, 0, undefined, [1], 70],
    ['a new canary has none a moment before its time', FIRST, 69, undefined, [1], 70],
    ['a new canary is served from its time on', FIRST, 70, 1, [1], undefined],
    ['a changed one stays while the new target is learned', MOVED, 269, 1, [1, 2], 270],
    ['a changed one moves, and the old target stays known', MOVED, 270, 2, [1, 2], 340],
    ['the old target goes', MOVED, 340, 2, [2], undefined],
    ['one replaced before its time is known, not served', REPLACED, 319, 1, [1, 2, 3], 320],
    ['one replaced before its time never serves', REPLACED, 320, 3, [1, 3], 390],
    ['none at all', [], 0, undefined, [], undefined],
  ])('%s', (_what, targets, at, served, live, next) => {
    const canary = canaryOf({ status: { targets } });
    const now = CREATED_AT + at;
    expect(servedTarget(canary, now)?.revision).toBe(served);
    expect(liveTargets(canary, now).map((t) => t.revision)).toEqual(live);
    expect(nextChange(canary, now)).toBe(next === undefined ? undefined : CREATED_AT + next);
  });

  test.each<[string, number, number[], number | undefined]>([
    ['loses its routes at once and keeps its Envoy clusters', 100, [1], 270],
    ['deleted while it was learned changes nothing at the time when it would have served', 60, [1], 270],
    ['is gone in the end', 270, [], undefined],
  ])('a deleted canary %s', (_what, at, live, next) => {
    const canary = canaryOf({
      metadata: { deletionTimestamp: new Date(CREATED_AT).toISOString() },
      status: { targets: DELETED },
    });
    const now = CREATED_AT + at;
    expect(servedTarget(canary, now)).toBeUndefined();
    expect(liveTargets(canary, now).map((t) => t.revision)).toEqual(live);
    expect(nextChange(canary, now)).toBe(next === undefined ? undefined : CREATED_AT + next);
  });
});
