import { expect, test } from 'vitest';
import type { CanaryTarget } from '../../functions/canary/canary.ts';
import { endTargets, firstTargets, type Staged, stageTargets } from '../../functions/canary/stage-targets.ts';
import { specOf } from '../support/canaries.ts';

const [NOW, STAGE_MS] = [Date.parse('2026-11-22T12:00:00.000Z'), 60_000];
const TIMES = { stageMs: STAGE_MS };
const later = (minutes: number): string => new Date(NOW + minutes * STAGE_MS).toISOString();
const specAt = (port: number) => specOf({ service: { name: 'cart', port } });
const stage = (live: readonly CanaryTarget[], port: number, minutes: number): Staged =>
  stageTargets(live, specAt(port), NOW + minutes * STAGE_MS, TIMES);
const targetsOf = (staged: Staged): readonly CanaryTarget[] => ('targets' in staged ? staged.targets : []);
/** Revision, first and last minute, and the minute from which it is the fallback. */
const minutes = (targets: readonly CanaryTarget[]) =>
  targets.map(({ revision, routesFrom, keepUntil, fallbackFrom }) =>
    [
      revision,
      ...[routesFrom, keepUntil, fallbackFrom].map((at) => (at === undefined ? '' : (Date.parse(at) - NOW) / STAGE_MS)),
    ].join(' '),
  );
const FIRST = firstTargets(specAt(80), NOW, TIMES);

test('the first target has routes and is the fallback after a stage', () => {
  expect(minutes(FIRST)).toEqual(['1 1  1']);
});

test('the same Service, backends and readers stage nothing', () => {
  expect(stage(FIRST, 80, 5)).toEqual({ targets: FIRST });
});

test('what is served goes two stages later, and the next one comes after one', () => {
  expect(minutes(targetsOf(stage(FIRST, 81, 5)))).toEqual(['1 1 7 1', '2 6  6']);
});

test('what serves from this very moment is served, not waiting', () => {
  expect(minutes(targetsOf(stage(FIRST, 81, 1)))).toEqual(['1 1 3 1', '2 2  2']);
});

test('what is still waiting never serves; one that was given up before keeps its times', () => {
  const second = targetsOf(stage(FIRST, 81, 0.25));
  expect(minutes(second)).toEqual(['1 1.25 1.25 1', '2 1.25  1.25']);
  expect(minutes(targetsOf(stage(second, 82, 0.5)))).toEqual(['1 1.25 1.25 1', '2 1.5 1.5 1.25', '3 1.5  1.5']);
});

test('one that served before the served one keeps its end', () => {
  const second = targetsOf(stage(FIRST, 81, 5));
  expect(minutes(targetsOf(stage(second, 82, 6.5)))).toEqual(['1 1 7 1', '2 6 8.5 6', '3 7.5  7.5']);
});

test('a fourth waits for the first of three to go', () => {
  const three = targetsOf(stage(targetsOf(stage(FIRST, 81, 5)), 82, 6.5));
  expect(stage(three, 83, 6.75)).toEqual({ roomAt: Date.parse(later(7)) });
});

test('no fallback comes before that of its predecessor, and a target of before there were any begets none', () => {
  const [first] = FIRST;
  const late = FIRST.map((target) => ({ ...target, fallbackFrom: later(30) }));
  expect(minutes(targetsOf(stage(late, 81, 5))).at(-1)).toBe('2 6  30');
  const { fallbackFrom: _none, ...older } = first ?? late[0] ?? {};
  expect(_none).toBe(later(1));
  const staged = stageTargets([{ ...specAt(80), routesFrom: later(0), ...older, revision: 4 }], specAt(81), NOW, TIMES);
  expect(minutes(targetsOf(staged)).at(-1)).toBe('5 1  ');
});

test('a deletion ends them all after a stage', () => {
  expect(minutes(endTargets(targetsOf(stage(FIRST, 81, 5)), NOW, STAGE_MS))).toEqual(['1 1 1 1', '2 6 1 6']);
});
