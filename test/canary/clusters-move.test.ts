import { describe, expect, test } from 'vitest';
import type { Canary, Release } from '../../functions/canary/canary.ts';
import { abortElsewhere, heldElsewhere, type Spread } from '../../functions/canary/clusters/clusters-move.ts';
import type { Counterpart } from '../../functions/canary/clusters/counterparts.ts';
import type { Move } from '../../functions/canary/steps/moves.ts';
import { canaryOf } from '../support/canaries.ts';
import { releaseAt } from '../support/release-status.ts';

type Order = 'OneByOne' | 'AtOnce';

const NAMES = ['east', 'west', 'north'];
const STARTED = '2026-11-22T12:00:00.000Z';
const PROMOTE: Move = { move: 'promote', reason: 'Observed', sentence: 'stable runs it' };
const stepTo = (to: number): Move => ({ move: 'step', to, reason: 'acquitted', sentence: 'fine' });
const END = stepTo(2);

/** A release of two steps in a state. */
function release(state: Release['state']): Release {
  const index = { Baseline: -1, Baking: 1, WaitingPromotion: 2 }[String(state)] ?? 0;
  const steps = [{ setWeight: 10 }, { setWeight: 100 }];
  return { ...releaseAt(), steps, state, currentStepIndex: index, startedAt: STARTED };
}

function canary(order: Order, state: Release['state'], more: Partial<Canary['status']> = {}): Canary {
  const base = canaryOf({ status: { phase: state === 'WaitingPromotion' ? 'WaitingPromotion' : 'Progressing' } });
  const status = { ...base.status, release: release(state), ...more };
  return { ...base, spec: { ...base.spec, clusters: { names: NAMES, order } }, status };
}

/** A release in one of the clusters; the others stand in these states. */
function spread(cluster: string, order: Order, state: Release['state'], others: readonly Counterpart[]): Spread {
  const own = canary(order, state);
  return { cluster, canary: own, release: release(state), clusters: { names: NAMES, order }, counterparts: others };
}

const waits = (move: Move): string | undefined => (move.move === 'wait' ? move.wait.sentence : undefined);

describe('what a release waits for in other Kubernetes clusters', () => {
  test.each<[order: Order, at: string, own: Release['state'], move: Move, others: Release['state'], isHeld: boolean]>([
    ['OneByOne', 'east', 'Baseline', stepTo(0), 'Baseline', false],
    ['OneByOne', 'north', 'Baseline', stepTo(0), 'Baking', true],
    ['OneByOne', 'north', 'Baseline', stepTo(0), 'WaitingPromotion', false],
    ['OneByOne', 'north', 'Progressing', stepTo(1), 'Progressing', false],
    ['OneByOne', 'north', 'Baking', END, 'Progressing', false],
    ['OneByOne', 'north', 'WaitingPromotion', PROMOTE, 'Progressing', false],
    ['AtOnce', 'east', 'Baseline', stepTo(0), 'Baseline', false],
    ['AtOnce', 'east', 'Progressing', stepTo(1), 'Baseline', false],
    ['AtOnce', 'east', 'Baking', END, 'Progressing', true],
    ['AtOnce', 'east', 'Baking', END, 'Paused', true],
    ['AtOnce', 'east', 'Baking', END, 'Baking', false],
    ['AtOnce', 'east', 'WaitingPromotion', PROMOTE, 'Baking', true],
    ['AtOnce', 'east', 'WaitingPromotion', PROMOTE, 'WaitingPromotion', false],
  ])('%s, in %s at %s, %o: with the others at %s it waits: %s', (order, at, own, move, others, isHeld) => {
    const counterparts = NAMES.filter((one) => one !== at).map((cluster) => ({
      cluster,
      canary: canary(order, others),
    }));
    const found = heldElsewhere(spread(at, order, own, counterparts), move);
    expect(found.move).toBe(isHeld ? 'wait' : move.move);
  });

  test('one that cannot be read holds every step, and no wait or abort', () => {
    const lost: readonly Counterpart[] = [{ cluster: 'north', canary: 'unreadable' }];
    const east = spread('east', 'OneByOne', 'Progressing', lost);
    expect(waits(heldElsewhere(east, stepTo(1)))).toBe(
      'waits for cart in Kubernetes cluster north: it could not be read',
    );
    for (const move of [{ move: 'confirm' }, { move: 'abort', reason: 'errors', sentence: 'bad' }] as const) {
      expect(heldElsewhere(east, move)).toBe(move);
    }
  });

  test.each<[title: string, status: Partial<Canary['status']>, isBack: boolean]>([
    ['aborted before', { phase: 'Failed', lastTransitionTime: '2026-11-22T11:59:59.999Z' }, false],
    ['aborted since', { phase: 'Failed', lastTransitionTime: STARTED }, true],
    ['taken back with another', { phase: 'Failed', lastTransitionTime: STARTED, abortedWith: 'north' }, false],
    ['aborted since, then retried', { abortedAt: STARTED }, true],
    ['aborted before, then retried', { abortedAt: '2026-11-22T11:00:00.000Z' }, false],
    [
      'aborted, retried, and taken back with another',
      { phase: 'Failed', lastTransitionTime: STARTED, abortedWith: 'north', abortedAt: STARTED },
      true,
    ],
    ['aborted at a time that cannot be read', { abortedAt: 'soon' }, true],
  ])('%s: taken back or not', (_title, status, isBack) => {
    const west = { cluster: 'west', canary: canary('AtOnce', 'Progressing', status) };
    const found = abortElsewhere(spread('east', 'AtOnce', 'Progressing', [west]));
    expect(found === undefined ? undefined : { ...found, sentence: '' }).toEqual(
      isBack ? { move: 'abort', reason: 'Clusters', sentence: '', with: 'west' } : undefined,
    );
  });
});
