import { describe, expect, test } from 'vitest';
import { aborted } from '../../functions/canary/aborted.ts';
import type { Canary } from '../../functions/canary/canary.ts';
import { parseCanary } from '../../functions/canary/document/parse-canary.ts';
import { settled } from '../../functions/canary/settled.ts';
import { runningRelease, withRelease } from '../../functions/canary/steps/release.ts';
import { createCanary, deleteCanary, replaceCanary } from '../../functions/canary/transitions/change-canary.ts';
import { abortOf, setWeights } from '../../functions/canary/transitions/change-weights.ts';
import type { Moment } from '../../functions/canary/transitions/moment.ts';
import { pauseRelease, resumeRelease } from '../../functions/canary/transitions/pause-release.ts';
import { retryCanary } from '../../functions/canary/transitions/retry-canary.ts';
import { startRelease } from '../../functions/canary/transitions/start-release.ts';
import { promoteRelease, skipStep, undoRelease } from '../../functions/canary/transitions/steer-release.ts';
import type { Transition } from '../../functions/canary/transitions/transition.ts';
import { versionAfter } from '../../functions/canary/version-line.ts';
import { CREATED_AT, manifestOf } from '../support/canaries.ts';
import { TIMES } from '../support/release-times.ts';

const moment = (seconds: number): Moment => ({ now: CREATED_AT + seconds * 1_000, times: TIMES });
const STEPS = [{ setWeight: 10 }, { pause: {} }, { setWeight: 50 }, { pause: { duration: '5m' } }];
const manifest = (spec: object = {}) => {
  const parsed = parseCanary(manifestOf({ strategy: { steps: STEPS }, ...spec }));
  if (!parsed.valid) throw new Error(JSON.stringify(parsed.faults));
  return parsed.value;
};
const done = (transition: Transition): Canary => {
  if (!transition.allowed) throw new Error(transition.refusal.sentence);
  return transition.canary;
};
const refusalOf = (transition: Transition): string => (transition.allowed ? 'allowed' : transition.refusal.reason);
const created = (spec: object = {}): Canary =>
  settled(createCanary(manifest(spec), { namespace: 'shop', name: 'cart', uid: 'u' }, moment(0)), moment(100).now);
const READY = created();
const STARTED = done(startRelease(READY, moment(100)));
/** The release after so many skips, a second apart. */
const skipped = (times: number): Canary =>
  Array.from({ length: times }).reduce<Canary>((canary, _, i) => done(skipStep(canary, moment(101 + i))), STARTED);
const shares = (canary: number) => ({ stable: 100 - canary, canary });
const failed = (canary: Canary): Canary =>
  aborted(canary, abortOf(canary, moment(300), 'bad'), versionAfter(0, canary));
const stateOf = ({ status }: Canary): unknown[] => [
  status.phase,
  status.release?.state,
  status.release?.currentStepIndex,
  status.weights.canary,
];
const conditionOf = ({ status }: Canary, type: string) => status.conditions.find((one) => one.type === type);

describe('the conditions of a release that goes on', () => {
  const messages = ({ status }: Canary): readonly string[] => status.conditions.map(({ message }) => message);

  test.each<[string, Canary]>([
    ['the baseline', STARTED],
    ['a step', skipped(1)],
    ['a pause of its strategy', skipped(2)],
    ['a pause by hand', done(pauseRelease(skipped(1), moment(200)))],
    ['a wait for promotion', skipped(5)],
  ])('have a message each: %s', (_where, canary) => {
    expect([runningRelease(canary) !== undefined, new Set(messages(canary)).size]).toEqual([true, 5]);
  });

  test('Progressing tells where it stands, and Paused what goes on', () => {
    const canary = skipped(2);
    const goesOn = 'it waits; "outrigger canary promote cart -n shop" goes on';
    expect(conditionOf(canary, 'Progressing')?.message).toBe(`step 2 of 5 (pause): ${goesOn}`);
    expect(conditionOf(canary, 'Paused')).toMatchObject({ status: 'True', message: goesOn });
    expect(conditionOf(skipped(1), 'Paused')).toMatchObject({ status: 'False' });
    expect(conditionOf(skipped(1), 'Paused')?.message).not.toContain('step 1');
  });

  test('once it is over they have the sentence of its end', () => {
    expect(new Set(messages(failed(skipped(1))))).toEqual(new Set(['aborted: bad']));
  });
});

describe('a start', () => {
  test('leaves rest at 100/0, with everything that holds until the end', () => {
    expect(READY.status.atRest).toBe(true);
    expect(STARTED.status).toMatchObject({ phase: 'Progressing', atRest: false, weights: shares(0) });
    expect(STARTED.status.awaiting?.resourceVersion).toBe(STARTED.metadata.resourceVersion);
    expect(STARTED.status.release).toEqual({
      attempt: 1,
      trigger: 'Start',
      startedAt: '2026-11-22T12:01:40.000Z',
      state: 'Baseline',
      currentStepIndex: -1,
      steps: [...STEPS, { setWeight: 100 }],
      startByTraffic: false,
      analysis: READY.spec.strategy?.analysis,
      progressDeadline: '10m',
      taken: [{ step: -1, weight: 0, resourceVersion: STARTED.metadata.resourceVersion }],
      stepStartedAt: '2026-11-22T12:01:40.000Z',
    });
  });

  test('without steps has the default ones, begun where the traffic can judge them', () => {
    const { release } = done(startRelease(created(manifest({ strategy: {} }).spec), moment(100))).status;
    expect(release).toMatchObject({
      startByTraffic: true,
      steps: [1, 5, 20, 50, 100].map((setWeight) => ({ setWeight })),
    });
  });

  const manual = created({ strategy: undefined });
  test.each<[string, Transition]>([
    ['NoStrategy', startRelease(manual, moment(100))],
    ['AlreadyReleasing', startRelease(STARTED, moment(200))],
    ['Aborted', startRelease(failed(STARTED), moment(400))],
    ['HasShare', startRelease(done(setWeights(READY, shares(20), moment(100))), moment(200))],
    [
      'NotReady',
      startRelease(createCanary(manifest(), { namespace: 'a', name: 'b', uid: 'u' }, moment(0)), moment(69)),
    ],
    ['Terminating', startRelease(done(deleteCanary(READY, moment(100))), moment(101))],
    ['NotReleasing', promoteRelease(READY, moment(100))],
    ['NotReleasing', undoRelease(READY, moment(100))],
    ['Aborted', pauseRelease(failed(STARTED), moment(400))],
    ['NotPaused', resumeRelease(STARTED, moment(200))],
    ['NotPaused', resumeRelease(skipped(2), moment(200))],
    ['NothingToPromote', promoteRelease(STARTED, moment(200))],
    ['NothingToPromote', promoteRelease(skipped(1), moment(200))],
    ['NothingToPromote', skipStep(skipped(6), moment(200))],
  ])('and what is refused: %s', (reason, transition) => {
    expect(refusalOf(transition)).toBe(reason);
  });
});

describe('the steps', () => {
  test('one after the other, with the weights of the plan, to the commands to type, and the end', () => {
    expect([0, 1, 2, 3, 4, 5, 6].map((times) => stateOf(skipped(times)))).toEqual([
      ['Progressing', 'Baseline', -1, 0],
      ['Progressing', 'Progressing', 0, 10],
      ['Progressing', 'Paused', 1, 10],
      ['Progressing', 'Progressing', 2, 50],
      ['Progressing', 'Paused', 3, 50],
      ['Progressing', 'Baking', 4, 100],
      ['WaitingPromotion', 'WaitingPromotion', 5, 100],
    ]);
    expect(conditionOf(skipped(6), 'Progressing')?.message).toMatch(
      /cart-stable .*"outrigger canary promote cart -n shop"/,
    );
    const over = done(promoteRelease(skipped(6), moment(200)));
    expect(stateOf(over)).toEqual(['Succeeded', 'Promoted', 5, 0]);
    expect([over.status.atRest, conditionOf(over, 'Promoted')?.status]).toEqual([true, 'True']);
    expect(runningRelease(over)).toBeUndefined();
  });

  test('each weight is a write that proxies are to confirm; a pause is none', () => {
    const { status, metadata } = skipped(2);
    expect(status.release?.taken.map(({ step, weight }) => [step, weight])).toEqual([
      [-1, 0],
      [0, 10],
    ]);
    expect(Number(status.awaiting?.resourceVersion)).toBe(Number(metadata.resourceVersion) - 1);
  });

  test('a pause ends by promote; its condition is Paused', () => {
    const paused = skipped(2);
    expect(conditionOf(paused, 'Paused')).toMatchObject({ status: 'True', reason: 'CanaryPauseStep' });
    const after = done(promoteRelease(paused, moment(200)));
    expect(stateOf(after)).toEqual(['Progressing', 'Progressing', 2, 50]);
    expect(conditionOf(after, 'Paused')).toMatchObject({ status: 'False' });
  });

  test('promote --full goes to 100 % from anywhere, which is still watched', () => {
    for (const times of [0, 1, 2, 4]) {
      const full = done(promoteRelease(skipped(times), moment(200), { full: true }));
      expect(stateOf(full)).toEqual(['Progressing', 'Baking', 4, 100]);
    }
    expect(stateOf(done(promoteRelease(skipped(5), moment(200), { full: true })))).toEqual([
      ...['WaitingPromotion', 'WaitingPromotion', 5, 100],
    ]);
  });

  test('a manual canary that has everything is promoted too', () => {
    const manual = done(setWeights(created({ strategy: undefined }), shares(100), moment(100)));
    expect(done(promoteRelease(manual, moment(200))).status.phase).toBe('Succeeded');
  });
});

describe('a pause by hand', () => {
  const paused = done(pauseRelease(skipped(1), moment(200), { by: 'arn:me', message: 'lunch' }));

  test('holds the step where it is, and says by whom', () => {
    expect(stateOf(paused)).toEqual(['Progressing', 'Paused', 0, 10]);
    expect(paused.status.release?.paused).toMatchObject({ reason: 'PausedByUser', by: 'arn:me', message: 'lunch' });
    expect(done(pauseRelease(paused, moment(201)))).toBe(paused);
    expect(paused.status.awaiting).toEqual(skipped(1).status.awaiting);
  });

  test('ends by resume, or promote, at the same step', () => {
    for (const verb of [resumeRelease, promoteRelease]) {
      expect(stateOf(done(verb(paused, moment(210))))).toEqual(['Progressing', 'Progressing', 0, 10]);
    }
  });

  test('on a pause of the strategy leaves that one', () => {
    const both = done(pauseRelease(skipped(2), moment(200)));
    const resumed = done(resumeRelease(both, moment(210)));
    expect(resumed.status.release?.paused).toEqual({
      since: skipped(2).status.release?.stepStartedAt,
      reason: 'CanaryPauseStep',
    });
    expect(stateOf(done(promoteRelease(both, moment(210))))).toEqual(['Progressing', 'Progressing', 2, 50]);
  });
});

describe('a weight set by hand', () => {
  const set = (canary: Canary, weight: number): Canary => done(setWeights(canary, shares(weight), moment(200)));

  test('pauses the release; resumed, it goes on at the weight of its step', () => {
    const byHand = set(skipped(1), 30);
    expect(stateOf(byHand)).toEqual(['Progressing', 'Paused', 0, 30]);
    expect(conditionOf(byHand, 'Paused')).toMatchObject({ status: 'True', reason: 'WeightSetByHand' });
    const resumed = done(resumeRelease(byHand, moment(210)));
    expect(stateOf(resumed)).toEqual(['Progressing', 'Progressing', 0, 10]);
    expect(resumed.status.release?.taken.at(-1)).toEqual({
      step: 0,
      weight: 10,
      resourceVersion: resumed.metadata.resourceVersion,
    });
  });

  test('away and back is confirmed again: what proxies counted on the way there is no evidence', () => {
    const back = set(set(skipped(1), 30), 10);
    const resumed = done(resumeRelease(back, moment(210)));
    expect(stateOf(resumed)).toEqual(['Progressing', 'Progressing', 0, 10]);
    const { resourceVersion } = resumed.metadata;
    expect(resumed.status.release?.taken.at(-1)).toEqual({ step: 0, weight: 10, resourceVersion });
  });

  test('in the baseline is taken back by resume', () => {
    expect(stateOf(done(resumeRelease(set(STARTED, 30), moment(210))))).toEqual(['Progressing', 'Baseline', -1, 0]);
  });

  test('of 0 ends it: undone, or promoted where it waited for that', () => {
    expect(stateOf(set(skipped(1), 0))).toEqual(['Initialized', 'Undone', 0, 0]);
    expect(stateOf(set(skipped(5), 0))).toEqual(['Initialized', 'Undone', 4, 0]);
    expect(stateOf(set(skipped(6), 0))).toEqual(['Succeeded', 'Promoted', 5, 0]);
  });
});

describe('an undo', () => {
  test.each([0, 1, 2, 5, 6])('after %i steps is one write, and the canary rests', (times) => {
    const before = skipped(times);
    const after = done(undoRelease(before, moment(200)));
    expect(after.status).toMatchObject({ phase: 'Initialized', atRest: true, weights: shares(0) });
    expect(after.status.release?.state).toBe('Undone');
    expect(Number(after.metadata.resourceVersion)).toBe(Number(before.metadata.resourceVersion) + 1);
  });
});

describe('an abort', () => {
  test('writes no release, and ends it all the same', () => {
    const after = withRelease(failed(skipped(1)));
    expect(stateOf(after)).toEqual(['Failed', 'Aborted', 0, 0]);
    expect(runningRelease(failed(skipped(1)))).toBeUndefined();
    expect(conditionOf(after, 'Paused')).toBeUndefined();
  });

  test('a retry is a new release, which knows nothing of the former one', () => {
    const again = done(retryCanary(failed(skipped(1)), moment(400)));
    expect(stateOf(again)).toEqual(['Progressing', 'Baseline', -1, 0]);
    expect(again.status.release).toMatchObject({ attempt: 2, trigger: 'Retry', taken: [{ weight: 0 }] });
    const third = done(retryCanary(failed(again), moment(500)));
    expect(third.status.release?.attempt).toBe(3);
  });

  test('a retry from a step needs a release of a strategy that was aborted', () => {
    const manual = failed(done(setWeights(created({ strategy: undefined }), shares(20), moment(200))));
    expect(refusalOf(retryCanary(manual, moment(400), 2))).toBe('NoStrategy');
    expect(refusalOf(retryCanary(manual, moment(400)))).toBe('allowed');
    expect(refusalOf(retryCanary(failed(skipped(1)), moment(400), 6))).toBe('Invalid');
    const again = done(retryCanary(failed(skipped(1)), moment(400), 5));
    expect(again.status.release).toMatchObject({ firstStepIndex: 4, startByTraffic: false, currentStepIndex: -1 });
    // What takes its place is of the whole strategy again.
    const edited = done(replaceCanary(again, manifest({ mirror: { percentage: 0 } }), moment(500)));
    expect(edited.status.release).not.toHaveProperty('firstStepIndex');
  });

  test('a new spec ends the failure and starts nothing; what the older write left is over', () => {
    const after = done(replaceCanary(failed(skipped(1)), manifest({ mirror: { percentage: 0 } }), moment(400)));
    expect(stateOf(after)).toEqual(['Initialized', 'Aborted', 0, 0]);
  });

  test('another strategy alone ends no failure', () => {
    const after = done(replaceCanary(failed(skipped(1)), manifest({ strategy: {} }), moment(400)));
    expect(stateOf(after)).toEqual(['Failed', 'Aborted', 0, 0]);
  });

  test('an older version that wrote the phase alone ends the release as well', () => {
    const older = { ...STARTED, status: { ...STARTED.status, phase: 'Initialized' } } as const;
    expect(withRelease(older).status.release?.state).toBe('Aborted');
    expect(withRelease(STARTED)).toBe(STARTED);
  });
});

describe('another spec while a release goes on', () => {
  test('is another release: back at 100/0', () => {
    const spec = {
      backends: [
        { name: 'stable', service: 'cart-stable' },
        { name: 'canary', service: 'cart-next' },
      ],
    };
    const after = done(replaceCanary(skipped(3), manifest(spec), moment(200)));
    expect(stateOf(after)).toEqual(['Progressing', 'Baseline', -1, 0]);
    expect(after.status.release).toMatchObject({ attempt: 2, trigger: 'Spec' });
    // The proxies have to learn the new Envoy clusters first.
    expect(after.status.awaiting).toMatchObject({
      resourceVersion: after.metadata.resourceVersion,
      since: new Date(moment(270).now).toISOString(),
    });
  });

  test('without a strategy ends at rest', () => {
    const after = done(replaceCanary(skipped(3), manifest({ strategy: undefined, exportTo: ['.'] }), moment(200)));
    expect(stateOf(after)).toEqual(['Initialized', 'Superseded', 2, 0]);
    expect(after.status.atRest).toBe(true);
  });

  test('another strategy, or other labels, hold from the next release on', () => {
    const before = skipped(3);
    const edited = done(replaceCanary(before, manifest({ strategy: { steps: [{ setWeight: 1 }] } }), moment(200)));
    expect(edited.status.release).toEqual(before.status.release);
    expect(edited.status.awaiting).toEqual(before.status.awaiting);
    expect(edited.metadata.generation).toBe(2);
  });
});
