import { describe, expect, test } from 'vitest';
import { aborted } from '../../functions/canary/aborted.ts';
import type { Canary, CanarySpec } from '../../functions/canary/canary.ts';
import { settled } from '../../functions/canary/settled.ts';
import { releaseTimes } from '../../functions/canary/times.ts';
import { createCanary, deleteCanary, replaceCanary } from '../../functions/canary/transitions/change-canary.ts';
import { abortOf, setWeights } from '../../functions/canary/transitions/change-weights.ts';
import type { Moment } from '../../functions/canary/transitions/moment.ts';
import { retryCanary } from '../../functions/canary/transitions/retry-canary.ts';
import type { Transition } from '../../functions/canary/transitions/transition.ts';
import { versionAfter } from '../../functions/canary/version-line.ts';
import { readCanary } from '../../functions/table/stored.ts';
import { CREATED_AT, canaryOf, specOf } from '../support/canaries.ts';

const moment = (seconds: number): Moment => ({ now: CREATED_AT + seconds * 1_000, times: releaseTimes(undefined) });
const manifest = (spec: Partial<CanarySpec> = {}, labels: Record<string, string> = {}) => ({
  metadata: { labels, annotations: {} },
  spec: specOf(spec),
});
const created = (spec: Partial<CanarySpec> = {}): Canary =>
  settled(createCanary(manifest(spec), { namespace: 'shop', name: 'cart', uid: 'u' }, moment(0)), moment(100).now);
const done = (transition: Transition): Canary => {
  if (!transition.allowed) throw new Error(transition.refusal.sentence);
  return transition.canary;
};
const to = (canary: Canary, ...shares: readonly number[]): Canary =>
  shares.reduce((c, share) => done(setWeights(c, { stable: 100 - share, canary: share }, moment(110))), canary);
const failed = (canary: Canary): Canary =>
  aborted(canary, abortOf(canary, moment(120), undefined), versionAfter(0, canary));
/** As it comes back from a store. */
const kept = (canary: unknown): Canary => readCanary(JSON.parse(JSON.stringify(canary)), 'x');

const MATCH = [{ headers: { 'x-beta': { present: true } } }] as const;

describe('a canary is at rest', () => {
  test.each<[string, Canary, boolean]>([
    ['from its creation on', created(), true],
    ['with stickiness, which splits nothing', created({ sessionAffinity: { hashOn: [{ header: 'u' }] } }), true],
    ['not while a match leads to it', created({ match: MATCH }), false],
    ['not while it gets copies', created({ mirror: { percentage: 1 } }), false],
    ['with a mirror of nothing', created({ mirror: { percentage: 0 } }), true],
    ['not with a share', to(created(), 10), false],
    ['not with everything', to(created(), 100), false],
    ['again when its share is taken back', to(created(), 10, 0), true],
    ['again when its release is over', to(created(), 100, 0), true],
    ['not when it was aborted', failed(to(created(), 10)), false],
    ['not when it was aborted at rest', failed(created()), false],
    ['again after a retry', done(retryCanary(failed(to(created(), 10)), moment(130))), true],
    ['not when it is being deleted', done(deleteCanary(created(), moment(130))), false],
    [
      'not from the moment on that a spec brings a match',
      done(replaceCanary(created(), manifest({ match: MATCH }), moment(130))),
      false,
    ],
    ['again without one', done(replaceCanary(created({ match: MATCH }), manifest(), moment(130))), true],
    [
      'while another port is staged',
      done(replaceCanary(created(), manifest({ service: { name: 'cart', port: 9 } }), moment(130))),
      true,
    ],
  ])('%s', (_when, canary, atRest) => {
    expect(canary.status.atRest).toBe(atRest);
    expect(kept(canary)).toEqual(canary);
  });
});

describe('a stored row that an older version wrote', () => {
  const { atRest: _none, ...status } = created().status;
  const old = { ...created(), status };

  test('is not at rest until its next write, and that is awaited of the proxies', () => {
    const read = kept(old);
    expect(read.status).toEqual({ ...status, atRest: false });
    const labelled = done(replaceCanary(read, manifest({}, { a: 'b' }), moment(130)));
    expect(labelled.status).toMatchObject({ atRest: true, awaiting: { resourceVersion: '2' } });
  });

  test.each<[string, Partial<Canary['status']>, Partial<CanarySpec>]>([
    ['moved on with a share', { phase: 'Progressing', weights: { stable: 90, canary: 10 } }, {}],
    ['aborted, as DynamoDB does it: by its own attributes alone', { phase: 'Failed' }, {}],
    ['gave a match', {}, { match: MATCH }],
    ['gave a mirror', {}, { mirror: { percentage: 5 } }],
  ])('and that it %s is not at rest, whatever the field says', (_what, more, spec) => {
    const canary = { ...created(), spec: specOf(spec), status: { ...created().status, ...more } };
    expect(canary.status.atRest).toBe(true);
    expect(kept(canary).status.atRest).toBe(false);
  });

  test('an atRest that is no truth value cannot be read', () => {
    expect(() => kept({ ...canaryOf(), status: { ...canaryOf().status, atRest: 'yes' } })).toThrow('(status.atRest)');
  });
});
