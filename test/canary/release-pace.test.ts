import { describe, expect, test } from 'vitest';
import { aborted } from '../../functions/canary/aborted.ts';
import type { Canary } from '../../functions/canary/canary.ts';
import { paceOf, quickestPace } from '../../functions/canary/release-pace.ts';
import { settled } from '../../functions/canary/settled.ts';
import { createCanary, deleteCanary, replaceCanary } from '../../functions/canary/transitions/change-canary.ts';
import { abortOf, setWeights } from '../../functions/canary/transitions/change-weights.ts';
import type { Moment } from '../../functions/canary/transitions/moment.ts';
import type { Transition } from '../../functions/canary/transitions/transition.ts';
import { CREATED_AT, specOf } from '../support/canaries.ts';

const times = { stageMs: 100_000, awaitMs: 55_000, awaitIdleMs: 175_000 };
const moment = (seconds: number): Moment => ({ now: CREATED_AT + seconds * 1_000, times });
const manifest = (spec: Partial<Canary['spec']> = {}) => ({
  metadata: { labels: {}, annotations: {} },
  spec: specOf(spec),
});
const NEW = createCanary(manifest(), { namespace: 'shop', name: 'cart', uid: 'u' }, moment(0));
const READY = settled(NEW, moment(100).now);

function done(transition: Transition): Canary {
  if (!transition.allowed) throw new Error(transition.refusal.sentence);
  return transition.canary;
}
const weighted = (canary: Canary, share: number, seconds: number): Canary =>
  done(setWeights(canary, { stable: 100 - share, canary: share }, moment(seconds)));

const MOVING = weighted(READY, 10, 1_000);
const RESTED = weighted(MOVING, 0, 2_000);
const RELEASED = weighted(weighted(MOVING, 100, 1_500), 0, 2_000);
const FAILED = aborted(MOVING, abortOf(MOVING, moment(2_000), undefined), 9);

describe('the pace of a canary', () => {
  test.each<[string, Canary, seconds: number, pace: string, until: number | undefined]>([
    ['a new one begins no release', NEW, 0, 'idle', undefined],
    ['nor when proxies have learned it', READY, 100, 'idle', undefined],
    ['a weight leaves rest', MOVING, 1_000, 'moving', 2_800],
    ['half an hour without a change', MOVING, 2_800, 'holding', undefined],
    ['back at rest it moves for five minutes more', RESTED, 2_299, 'moving', 2_300],
    ['and then no more', RESTED, 2_300, 'idle', undefined],
    ['a promoted one alike', RELEASED, 2_299, 'moving', 2_300],
    ['and then no more either', RELEASED, 2_300, 'idle', undefined],
    ['an aborted one moves', FAILED, 2_000, 'moving', 3_800],
    ['and is never idle', FAILED, 100_000, 'holding', undefined],
    [
      'a match is off rest',
      done(replaceCanary(READY, manifest({ match: [{ headers: { a: { exact: 'b' } } }] }), moment(500))),
      500,
      'moving',
      2_300,
    ],
    [
      'new backends at rest',
      done(replaceCanary(READY, manifest({ service: { name: 'cart', port: 9 } }), moment(500))),
      500,
      'idle',
      undefined,
    ],
    ['a clock that was set back', RESTED, 100, 'moving', 2_300],
    ['a deleted one has no routes', done(deleteCanary(MOVING, moment(1_100))), 1_100, 'idle', undefined],
  ])('%s', (_what, canary, seconds, pace, until) => {
    const expected = { pace, until: until === undefined ? Number.POSITIVE_INFINITY : moment(until).now };
    expect(paceOf(canary, moment(seconds).now)).toEqual(expected);
  });

  test('rests since the write that ended the release, through writes that leave it at rest', () => {
    expect(RESTED.status.restSince).toBe('2026-11-22T12:33:20.000Z');
    const labelled = { metadata: { labels: { a: 'b' }, annotations: {} }, spec: specOf() };
    expect(done(replaceCanary(RESTED, labelled, moment(2_100))).status.restSince).toBe(RESTED.status.restSince);
    expect([NEW, READY, MOVING, FAILED].map(({ status }) => status.restSince)).toEqual(Array(4).fill(undefined));
    expect(weighted(RESTED, 1, 2_200).status.restSince).toBeUndefined();
  });

  test('a stored time that is none is no release', () => {
    const broken = { ...RESTED, status: { ...RESTED.status, restSince: 'soon' } };
    expect(paceOf(broken, moment(2_001).now).pace).toBe('idle');
  });
});

test('from rest proxies are waited for as long as they are quiet, afterwards as long as they hold', () => {
  const waits = [MOVING, weighted(MOVING, 20, 1_100), FAILED, weighted(RESTED, 5, 2_100), weighted(RESTED, 5, 2_400)];
  expect(
    waits.map(({ status: { awaiting } }) => Date.parse(awaiting?.until ?? '') - Date.parse(awaiting?.since ?? '')),
  ).toEqual([175_000, 55_000, 55_000, 55_000, 175_000]);
  const atRest = aborted(READY, abortOf(READY, moment(2_000), undefined), 9);
  expect(atRest.status.awaiting?.until).toBe(new Date(moment(2_175).now).toISOString());
});

test.each<[string, readonly Canary[], pace: string, until: number]>([
  ['none', [], 'idle', Number.POSITIVE_INFINITY],
  ['the quickest one decides', [READY, FAILED, MOVING], 'moving', moment(2_800).now],
  ['until the first of them changes', [MOVING, RESTED], 'moving', moment(2_300).now],
])('a proxy that sees several: %s', (_what, canaries, pace, until) => {
  expect(quickestPace(canaries, moment(2_100).now)).toEqual({ pace, until });
});
