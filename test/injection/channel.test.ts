import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CHANNEL_REASONS,
  type ChosenChannel,
  chooseChannel,
  isInShare,
  placeOf,
} from '../../functions/injection/channel.ts';
import type { Template } from '../../functions/template/template.ts';
import { stateOf, templateOf } from '../support/templates.ts';

const CURRENT = [templateOf('a', {}, '1'), templateOf('b', {}, '1')];
const mapOf = (templates: readonly Template[]) => new Map(templates.map((t) => [t.name, t]));
const NEXT = mapOf([templateOf('a', {}, '2')]);
// SHA-256 of ["test","shop","web"] begins with these 48 bits.
const PLACE = 0x4813b4413479 % 100;

function choose(
  next: Record<string, unknown> | undefined,
  nextTemplates?: ReadonlyMap<string, Template>,
): ChosenChannel {
  const state = stateOf(CURRENT, next === undefined ? {} : { next });
  return chooseChannel({ ...state, ...(nextTemplates && { nextTemplates }) }, 'shop', () => 'web');
}

const versions = (templates: ReadonlyMap<string, Template> | undefined) =>
  templates && [...templates.values()].map((t) => `${t.name}@${t.version}`);

describe('which channel a workload gets', () => {
  test.each<[string, Record<string, unknown> | undefined, ReadonlyMap<string, Template> | undefined, object, string[]]>(
    [
      ['no next channel', undefined, undefined, { channel: 'stable', reason: 'OnlyChannel' }, ['a@1', 'b@1']],
      [
        'a next channel that is the current one',
        { channel: 'stable', share: 100 },
        NEXT,
        { channel: 'stable', reason: 'OnlyChannel' },
        ['a@1', 'b@1'],
      ],
      [
        'a share that ends just below its place',
        { channel: 'canary', share: PLACE },
        NEXT,
        { channel: 'stable', reason: 'OutsideShare', place: PLACE },
        ['a@1', 'b@1'],
      ],
      [
        'a share that just includes it: what the next channel does not hold is the current one’s',
        { channel: 'canary', share: PLACE + 1 },
        NEXT,
        { channel: 'canary', reason: 'InShare', place: PLACE },
        ['a@2', 'b@1'],
      ],
      [
        'a next channel that cannot be read',
        { channel: 'canary', share: 100 },
        undefined,
        { channel: 'stable', reason: 'NextUnavailable', place: PLACE },
        ['a@1', 'b@1'],
      ],
      [
        'a next channel that holds nothing good',
        { channel: 'canary', share: 100 },
        new Map(),
        { channel: 'stable', reason: 'NextUnavailable', place: PLACE },
        ['a@1', 'b@1'],
      ],
      [
        'shadow mode',
        { channel: 'canary', share: 100, shadow: true },
        NEXT,
        { channel: 'stable', reason: 'Shadow', place: PLACE },
        ['a@1', 'b@1'],
      ],
      [
        'shadow mode, outside the share',
        { channel: 'canary', share: 0, shadow: true },
        NEXT,
        { channel: 'stable', reason: 'OutsideShare', place: PLACE },
        ['a@1', 'b@1'],
      ],
    ],
  )('%s', (_what, next, nextTemplates, choice, served) => {
    const chosen = choose(next, nextTemplates);
    expect([chosen.choice, versions(chosen.templates)]).toEqual([choice, served]);
  });

  test('only shadow mode has something to try, and only in the share', () => {
    const tried = (share: number, shadow: boolean) =>
      versions(choose({ channel: 'canary', share, shadow }, NEXT).shadow?.templates);
    expect([tried(100, true), tried(0, true), tried(100, false)]).toEqual([['a@2', 'b@1'], undefined, undefined]);
  });

  test('every reason has a sentence on one line', () => {
    for (const sentence of Object.values(CHANNEL_REASONS)) expect(sentence).toMatch(/^[^\n]{20,110}$/);
  });
});

describe('a workload’s place', () => {
  const anyWorkload = fc.tuple(fc.string(), fc.string(), fc.string());

  test('is what docs/how-to/roll-out-a-template.md has, so that it can be computed elsewhere', () => {
    expect(placeOf('test', 'shop', 'web')).toBe(PLACE);
  });

  test('is a whole number from 0 to 99, the same for all replicas and everywhere', () => {
    fc.assert(
      fc.property(anyWorkload, (workload) => {
        const place = placeOf(...workload);
        expect(Number.isInteger(place) && place >= 0 && place < 100).toBe(true);
        expect(placeOf(...workload)).toBe(place);
      }),
    );
  });

  test('raising the share only adds workloads', () => {
    const isNext = (share: number, owner: string): boolean => {
      const state = { ...stateOf(CURRENT, { next: { channel: 'canary', share } }), nextTemplates: NEXT };
      return chooseChannel(state, 'shop', () => owner).choice.channel === 'canary';
    };
    const anyShare = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(fc.string(), anyShare, anyShare, (owner, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        expect(isNext(less, owner) && !isNext(more, owner)).toBe(false);
        expect([isNext(0, owner), isNext(100, owner)]).toEqual([false, true]);
      }),
    );
  });

  test.each<[string, (i: number) => [string, string, string]]>([
    ['names of one namespace', (i) => ['prod', 'shop', `web-${i}`]],
    ['one name in many namespaces', (i) => ['prod', `team-${i}`, 'web']],
    ['one workload in many Kubernetes clusters', (i) => [`cluster-${i}`, 'shop', 'web']],
  ])('10,000 %s: every share is met within 2 points', (_what, workload) => {
    const places = Array.from({ length: 10_000 }, (_, i) => placeOf(...workload(i)));
    for (const share of [1, 5, 10, 37, 50, 90, 99]) {
      const met = places.filter((place) => place < share).length / 100;
      expect(Math.abs(met - share), `share ${share}`).toBeLessThanOrEqual(2);
    }
  });

  test('does not mix up where one name ends and the next begins', () => {
    const triples: [string, string, string][] = [
      ['a', 'b', 'c,d'],
      ['a', 'b,c', 'd'],
      ['a"', '"b', 'c'],
      ['a', '""b', 'c'],
      ['', 'ab', 'c'],
      ['ab', '', 'c'],
    ];
    expect(new Set(triples.map((t) => placeOf(...t))).size).toBeGreaterThan(3);
  });
});

test('a workload is in the share from its place on, and nowhere without a next channel', () => {
  const workload = { cluster: 'test', namespace: 'shop', owner: 'web' };
  const place = placeOf('test', 'shop', 'web');
  const isIn = (record: Record<string, unknown>): boolean => isInShare(stateOf([], record).record, workload);
  expect(isIn({ next: { channel: 'canary', share: place } })).toBe(false);
  expect(isIn({ next: { channel: 'canary', share: place + 1 } })).toBe(true);
  expect(isIn({})).toBe(false);
});
