import { describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import { managedRoutesOf } from '../../functions/traffic/xds/managed-routes.ts';
import { releaseOf } from '../support/releases.ts';

const header = (name: string, value?: string) => ({
  setHeaderRoute: {
    name,
    ...(value === undefined ? {} : { match: [{ headerName: 'x-tester', headerValue: { exact: value } }] }),
  },
});
const mirror = (route: object = {}) => ({ setMirrorRoute: route });
const READS = [{ method: { exact: 'GET' } }];
const found = (value: string) => ({ headerName: 'x-tester', headerValue: { exact: value } });
const NONE = { headers: [], mirrors: [] };

describe('what steps have put into the routes', () => {
  test.each<[string, readonly object[], object]>([
    ['nothing', [{ setWeight: 10 }], NONE],
    ['a header', [header('a', '1'), { setWeight: 10 }], { ...NONE, headers: [found('1')] }],
    [
      'two, in the order of their names',
      [header('a', '1'), header('b', '2'), header('a', '3')],
      { ...NONE, headers: [found('3'), found('2')] },
    ],
    [
      'one that a later step takes out',
      [header('a', '1'), header('b', '2'), header('a')],
      { ...NONE, headers: [found('2')] },
    ],
    ['a share of all', [mirror({ percentage: 20 })], { ...NONE, mirrors: [{ percentage: 20 }] }],
    [
      'all that match',
      [mirror({ name: 'r', match: READS })],
      { ...NONE, mirrors: [{ match: READS, percentage: 100 }] },
    ],
    ['a copy that a later step takes out', [mirror({ percentage: 20 }), mirror()], NONE],
    [
      'one that a later step changes',
      [mirror({ percentage: 20 }), mirror({ percentage: 5 })],
      { ...NONE, mirrors: [{ percentage: 5 }] },
    ],
  ])('%s', (_name, steps, routes) => {
    expect(managedRoutesOf(releaseOf({ weight: 10, steps }))).toEqual(routes);
  });
});

describe('they are gone', () => {
  const steps = [header('a', '1'), mirror({ percentage: 20 }), { setWeight: 10 }];
  const going = releaseOf({ weight: 10, steps });
  const { status } = going;
  const { release } = status;
  if (release === undefined) throw new TypeError('it goes on');
  const cause = { reason: 'errors', sentence: 'convicted', since: '', hold: '15s' };
  const as = (more: Partial<Canary['status']>): Canary => ({ ...going, status: { ...status, ...more } });

  test.each<[string, Canary]>([
    ['after an abort', as({ phase: 'Failed' })],
    ['after the promotion', as({ phase: 'Succeeded', release: { ...release, state: 'Promoted' } })],
    ['after an undo', as({ phase: 'Initialized', release: { ...release, state: 'Undone' } })],
    ['on the way back', as({ release: { ...release, state: 'RollingBack', rollback: { mode: 'Stepwise', cause } } })],
    ['at 100 %', as({ weights: { stable: 0, canary: 100 } })],
    ['in the baseline', as({ release: { ...release, currentStepIndex: -1 } })],
  ])('%s', (_when, canary) => {
    expect(managedRoutesOf(canary)).toEqual(NONE);
  });

  test('not in a pause', () => {
    const paused = { since: '', reason: 'PausedByUser' } as const;
    expect(managedRoutesOf(as({ release: { ...release, state: 'Paused', paused } }))).not.toEqual(NONE);
  });
});
