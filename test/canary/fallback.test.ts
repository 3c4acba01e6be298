import { describe, expect, test } from 'vitest';
import { aborted } from '../../functions/canary/aborted.ts';
import type { Canary } from '../../functions/canary/canary.ts';
import { settled } from '../../functions/canary/settled.ts';
import { createCanary, deleteCanary, replaceCanary } from '../../functions/canary/transitions/change-canary.ts';
import { abortOf, setWeights } from '../../functions/canary/transitions/change-weights.ts';
import { UPGRADE_MS } from '../../functions/canary/transitions/fallback.ts';
import type { Moment } from '../../functions/canary/transitions/moment.ts';
import { retryCanary } from '../../functions/canary/transitions/retry-canary.ts';
import type { Transition } from '../../functions/canary/transitions/transition.ts';
import { versionAfter } from '../../functions/canary/version-line.ts';
import { CREATED_AT, canaryOf, specOf } from '../support/canaries.ts';
import { CANARIES, openReleaseEntryPoint } from '../support/release-entry-point.ts';
import { TIMES } from '../support/release-times.ts';
import { at } from '../support/values.ts';

const times = TIMES;
const moment = (seconds: number): Moment => ({ now: CREATED_AT + seconds * 1_000, times });
const manifest = (port: number) => ({
  metadata: { labels: {}, annotations: {} },
  spec: specOf({ service: { name: 'cart', port } }),
});
const done = (transition: Transition): Canary => {
  if (!transition.allowed) throw new Error(transition.refusal.sentence);
  return transition.canary;
};
/** Seconds after the creation at which routes may lead to the fallback, target by target. */
const from = ({ status }: Canary): (number | undefined)[] =>
  status.targets.map(({ fallbackFrom }) =>
    fallbackFrom === undefined ? undefined : (Date.parse(fallbackFrom) - CREATED_AT) / 1_000,
  );
/** A deployment that began a moment ago may take so long, and proxies learn what is new meanwhile. */
const SETTLED = (UPGRADE_MS + times.stageMs) / 1_000;

/** As a version before 2026-11-30 wrote it. */
const OLDER = settled(canaryOf(), moment(100).now);
const NEW = settled(
  createCanary(manifest(8080), { namespace: 'shop', name: 'cart', uid: 'u' }, moment(0)),
  moment(100).now,
);

describe('a target falls back to the main Service', () => {
  test.each<[string, Canary, (number | undefined)[]]>([
    ['from its routes on, where it is new', NEW, [70]],
    ['with its successor alike', done(replaceCanary(NEW, manifest(9090), moment(200))), [70, 270]],
    ['not, where an older version made it', OLDER, [undefined]],
    [
      'after the next weights, once a deployment is surely over',
      done(setWeights(OLDER, { stable: 90, canary: 10 }, moment(200))),
      [200 + SETTLED],
    ],
    [
      'after a new spec, the target that stays',
      done(replaceCanary(OLDER, manifest(9090), moment(200))),
      [undefined, 200 + SETTLED],
    ],
    [
      'not by an abort, which has to work whatever answers',
      aborted(OLDER, abortOf(OLDER, moment(200), undefined), versionAfter(0, OLDER)),
      [undefined],
    ],
    ['not by a deletion', done(deleteCanary(OLDER, moment(200))), [undefined]],
    [
      'after a retry',
      done(retryCanary(aborted(OLDER, abortOf(OLDER, moment(200), undefined), versionAfter(0, OLDER)), moment(300))),
      [300 + SETTLED],
    ],
  ])('%s', (_when, canary, expected) => {
    expect(from(canary)).toEqual(expected);
  });

  test('at the time that was set first, whatever is written later', () => {
    const first = done(setWeights(OLDER, { stable: 90, canary: 10 }, moment(200)));
    expect(from(done(setWeights(first, { stable: 80, canary: 20 }, moment(900))))).toEqual([200 + SETTLED]);
    // A successor is no earlier than what it replaces, and no earlier than its own routes.
    expect(from(done(replaceCanary(first, manifest(9090), moment(300))))).toEqual([200 + SETTLED, 200 + SETTLED]);
    expect(from(done(replaceCanary(first, manifest(9090), moment(5_000))))).toEqual([200 + SETTLED, 5_070]);
  });
});

describe('a canary that is created', () => {
  const body = (name: string): object => ({
    apiVersion: 'outrigger.dev/v1alpha1',
    kind: 'Canary',
    metadata: { name },
    spec: specOf({ service: { name, port: 8080 } }),
  });
  const create = async (entryPoint: ReturnType<typeof openReleaseEntryPoint>, name: string): Promise<unknown> => {
    const { status, body: canary } = await entryPoint.ask('PUT', `${CANARIES}/${name}`, { body: body(name) });
    expect(status).toBe(201);
    const time = String(at(canary, 'status', 'targets', 0, 'fallbackFrom'));
    return (Date.parse(time) - CREATED_AT) / 1_000;
  };

  test('waits for a deployment only where another one is of an older version', async () => {
    const entryPoint = openReleaseEntryPoint();
    expect([await create(entryPoint, 'first'), await create(entryPoint, 'second')]).toEqual([70, 70]);
    const signal = AbortSignal.timeout(5_000);
    const audit = { time: '', who: '', verb: 'create', resourceVersion: '3' } as const;
    await entryPoint.store.create('local', canaryOf({ metadata: { resourceVersion: '3' } }), { audit }, signal);
    expect(await create(entryPoint, 'third')).toBe(SETTLED);
  });
});
