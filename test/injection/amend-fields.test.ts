import { describe, expect, test } from 'vitest';
import { amendFields } from '../../functions/injection/apply/amend-fields.ts';
import { applyStrictly } from '../support/pods.ts';

type Json = Readonly<Record<string, unknown>>;

/** The container after the amendment, and what it keeps. */
function amended(live: Json, fields: Json, { args = [] as string[], mayLive = true, wasInjected = false } = {}) {
  const { operations, kept } = amendFields(live, { fields, args }, '/live', mayLive, wasInjected);
  return { after: applyStrictly({ live }, operations)['live'], kept };
}

describe('resources', () => {
  const of = (limits?: unknown, requests?: unknown): Json => ({
    resources: { ...(limits === undefined ? {} : { limits }), ...(requests === undefined ? {} : { requests }) },
  });
  const WANTED = of({ cpu: '1', memory: '1Gi' }, { cpu: '1' });
  test.each<[what: string, live: Json, after: Json, kept: readonly string[]]>([
    ['of a container that has none', {}, WANTED, []],
    ['of one where they are null', { resources: null }, WANTED, []],
    ['of one where they are empty', of(), WANTED, []],
    ['of one whose limits are null', of(null), WANTED, []],
    ['of one that limits another', of({ gpu: '1' }), of({ gpu: '1', cpu: '1', memory: '1Gi' }, { cpu: '1' }), []],
    [
      'of one that requests another',
      of(undefined, { gpu: '1' }),
      of({ cpu: '1', memory: '1Gi' }, { gpu: '1', cpu: '1' }),
      [],
    ],
    ['of one that limits the same', of({ cpu: '1000m' }), of({ cpu: '1000m', memory: '1Gi' }), ['cpu']],
    [
      'of one that says all of it',
      of({ cpu: 1, memory: '1024Mi' }, { cpu: '1000m' }),
      of({ cpu: 1, memory: '1024Mi' }, { cpu: '1000m' }),
      [],
    ],
    [
      'of one that limits and requests otherwise',
      of({ cpu: '2' }, { cpu: '2' }),
      of({ cpu: '2', memory: '1Gi' }, { cpu: '2' }),
      ['cpu'],
    ],
    ['that are no map', { resources: 'much' }, { resources: 'much' }, []],
    ['whose limits are no map', of('much'), of('much'), []],
    ['whose requests are no map', of({}, 7), of({}, 7), []],
  ])('%s', (_what, live, after, kept) => {
    expect(amended(live, WANTED)).toEqual({ after, kept: kept.map((name) => `its own resources of ${name}`) });
  });

  test('of which nothing is wanted', () => {
    expect(amended({}, {})).toEqual({ after: {}, kept: [] });
    expect(amended(of({ cpu: '1' }), of({}))).toEqual({ after: of({ cpu: '1' }), kept: [] });
  });

  test('of a container that runs to its end', () => {
    expect(amended({}, WANTED, { mayLive: false }).after).toEqual(WANTED);
  });
});

describe('probes and preStop', () => {
  const PROBE = { httpGet: { port: 80 } };
  const STOP = { lifecycle: { preStop: { sleep: { seconds: 5 } } } };
  test.each<[what: string, live: Json, wanted: Json, after: Json, kept: readonly string[]]>([
    ['a probe where there is none', {}, { startupProbe: PROBE }, { startupProbe: PROBE }, []],
    [
      'a probe where there is another',
      { livenessProbe: { exec: {} } },
      { livenessProbe: PROBE },
      { livenessProbe: { exec: {} } },
      ['livenessProbe'],
    ],
    ['none of the probes', { livenessProbe: PROBE }, {}, { livenessProbe: PROBE }, []],
    ['preStop where there is none', {}, STOP, STOP, []],
    [
      'preStop beside postStart',
      { lifecycle: { postStart: {} } },
      STOP,
      { lifecycle: { postStart: {}, ...STOP.lifecycle } },
      [],
    ],
    ['preStop where it is the same', STOP, STOP, STOP, []],
    [
      'preStop where it is another',
      { lifecycle: { preStop: { exec: {} } } },
      STOP,
      { lifecycle: { preStop: { exec: {} } } },
      ['lifecycle.preStop'],
    ],
    ['preStop where the lifecycle is no map', { lifecycle: 'x' }, STOP, { lifecycle: 'x' }, []],
    ['no preStop', {}, { lifecycle: {} }, {}, []],
  ])('%s', (_what, live, wanted, after, kept) => {
    expect(amended(live, wanted)).toEqual({ after, kept: kept.map((name) => `its own ${name}`) });
    expect(amended(live, wanted, { mayLive: false })).toEqual({ after: live, kept: [] });
  });
});

describe('arguments', () => {
  const ARGS = ['-a', '-b'];
  const IMAGE = ['the arguments of its image'];
  test.each<[what: string, live: Json, wasInjected: boolean, after: unknown, kept: readonly string[]]>([
    ['after the container’s own', { args: ['x'] }, false, ['x', '-a', '-b'], []],
    ['that are there already', { args: ['x', '-a', '-b'] }, false, ['x', '-a', '-b'], []],
    ['that are there in front', { args: ['-a', '-b', 'x'] }, false, ['-a', '-b', 'x', '-a', '-b'], []],
    ['that are there in front, put there by us', { args: ['-a', '-b', 'x'] }, true, ['-a', '-b', 'x'], []],
    ['that are there within, put there by us', { args: ['y', '-a', '-b', 'x'] }, true, ['y', '-a', '-b', 'x'], []],
    ['of which a part is there', { args: ['-a', 'x', '-b'] }, true, ['-a', 'x', '-b', '-a', '-b'], []],
    ['of a container with a command', { command: ['run'] }, false, ARGS, []],
    ['of a container with a command and an empty list', { command: ['run'], args: [] }, true, ARGS, []],
    ['of a container with neither', {}, false, undefined, IMAGE],
    ['of a container whose command is empty', { command: [] }, true, undefined, IMAGE],
  ])('%s', (_what, live, wasInjected, after, kept) => {
    expect(amended(live, {}, { args: ARGS, wasInjected })).toMatchObject({
      after: after === undefined ? live : { ...live, args: after },
      kept,
    });
  });

  test('of none nothing is made', () => {
    expect(amended({}, {})).toEqual({ after: {}, kept: [] });
    expect(amended({ args: ['x'] }, {}, { wasInjected: true })).toEqual({ after: { args: ['x'] }, kept: [] });
  });
});
