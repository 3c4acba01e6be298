import { describe, expect, test } from 'vitest';
import { parseCanary } from '../../functions/canary/document/parse-canary.ts';
import { manifestOf } from '../support/canaries.ts';

const parsed = (strategy: unknown, more: Readonly<Record<string, unknown>> = {}) =>
  parseCanary(manifestOf({ ...more, strategy }));
const CART = { kind: 'Deployment', name: 'cart' };
const TESTER = { headerName: 'X-Tester', headerValue: { exact: 'yes' } };
const ALARM = { name: 'no-alarm', provider: { alarm: { name: 'cart-5xx' } } };
const steps = (...of: readonly unknown[]) => ({ steps: of });

test('an empty strategy has every default', () => {
  const found = parsed({});
  expect(found.valid && found.value.spec.strategy).toEqual({
    analysis: {
      confidence: 0.99,
      baseline: '120s',
      errors: { tolerance: 1.1 },
      latency: { quantiles: [50, 90, 99], margin: '20%' },
      advance: { growth: 0.5, budget: '0.25%' },
      minimum: { time: '60s', responses: 50 },
      maximum: { time: '30m' },
      inconclusive: 'AdvanceUnlessSuspect',
      bake: { time: '5m', atFull: 'Abort' },
      metrics: [],
    },
    progressDeadline: '10m',
  });
});

test('what is said is taken, and the rest beside it has its defaults', () => {
  const said = {
    steps: [{ setWeight: 5 }, { pause: {} }, { setWeight: 25 }, { pause: { duration: '1h30m' } }, { setWeight: 100 }],
    analysis: { latency: { quantiles: [], slowerThan: '300ms' }, minimum: { time: '2m' } },
    progressDeadline: '1m',
  };
  const found = parsed(said);
  expect(found).toMatchObject({ valid: true, value: { spec: { strategy: said } } });
  expect(found.valid && found.value.spec.strategy?.analysis).toMatchObject({
    latency: { margin: '20%' },
    minimum: { responses: 50 },
    advance: { growth: 0.5 },
  });
});

test('a weight of hundredths is taken where the total has them, and refused where not', () => {
  expect(parsed(steps({ setWeight: 0.07 }), { totalWeight: 10_000 })).toMatchObject({ valid: true });
  expect(parsed(steps({ setWeight: 0.07 }))).toMatchObject({
    valid: false,
    faults: [{ path: 'spec.strategy.steps[0].setWeight', message: expect.stringContaining('totalWeight: 10000') }],
  });
});

test('a way back in steps is taken, and refused in a group, which is taken back in one write', () => {
  const rollback = { mode: 'Stepwise' };
  expect(parsed({ rollback })).toMatchObject({ valid: true, value: { spec: { strategy: { rollback } } } });
  expect(parsed({ rollback }, { group: 'shop' })).toMatchObject({
    valid: false,
    faults: [{ path: 'spec.strategy.rollback.mode', message: expect.stringContaining('must be Immediate in a group') }],
  });
});

test('routes of steps are taken, with names of headers in lower case and a name for a mirror', () => {
  const match = [{ method: { exact: 'GET' }, path: { prefix: '/api' }, headers: { 'X-Team': { exact: 'b' } } }];
  const given = steps(
    { setHeaderRoute: { name: 'a', match: [TESTER] } },
    { setMirrorRoute: { match, percentage: 0.5 } },
  );
  const found = parsed(given);
  expect(found.valid && found.value.spec.strategy?.steps).toEqual([
    { setHeaderRoute: { name: 'a', match: [{ ...TESTER, headerName: 'x-tester' }] } },
    {
      setMirrorRoute: {
        name: 'mirror',
        match: [{ ...match[0], headers: { 'x-team': { exact: 'b' } } }],
        percentage: 0.5,
      },
    },
  ]);
});

test('an analysis of a week is taken', () => {
  const metrics = [{ ...ALARM, interval: '24h', count: 8 }];
  expect(parsed(steps({ setWeight: 5 }, { analysis: { metrics } }))).toMatchObject({ valid: true });
});

test('two workloads of the same name are two where their kinds differ', () => {
  const workloads = { stable: CART, canary: { kind: 'StatefulSet', name: 'cart' } };
  expect(parsed({ workloads })).toMatchObject({ valid: true, value: { spec: { strategy: { workloads } } } });
});

test('a hostile name is refused at once', () => {
  const name = `${'a-'.repeat(100_000)}_`;
  const started = performance.now();
  expect(parsed({ workloads: { stable: CART, canary: { ...CART, name } } })).toMatchObject({ valid: false });
  expect(performance.now() - started).toBeLessThan(500);
});

describe('refused:', () => {
  test.each<[string, unknown, string]>([
    ['no steps', steps(), 'steps'],
    ['33 steps', steps(...Array.from({ length: 33 }, () => ({ pause: {} }))), 'steps'],
    ['a weight that falls', steps({ setWeight: 20 }, { setWeight: 10 }), 'steps[1].setWeight'],
    [
      'a weight that stays, over a pause',
      steps({ setWeight: 20 }, { pause: {} }, { setWeight: 20 }),
      'steps[2].setWeight',
    ],
    ['a weight of 0', steps({ setWeight: 0 }), 'steps[0].setWeight'],
    ['a weight above 100', steps({ setWeight: 101 }), 'steps[0].setWeight'],
    ['a step of two kinds', steps({ setWeight: 1, pause: {} }), 'steps[0]'],
    ['a step that is not built', steps({ experiment: { duration: '5m' } }), 'steps[0]'],
    ['a pause that is none', steps({ pause: null }), 'steps[0].pause'],
    ['a pause without unit', steps({ pause: { duration: '90' } }), 'steps[0].pause.duration'],
    ['a pause of a number', steps({ pause: { duration: 90 } }), 'steps[0].pause.duration'],
    ['a pause of two months', steps({ pause: { duration: '1440h' } }), 'steps[0].pause.duration'],
    ['a hook that is no URL', { hooks: [{ name: 'a', type: 'rollback', url: 'x' }] }, 'hooks[0].url'],
    [
      'a type of hook that is not asked',
      { hooks: [{ name: 'a', type: 'event', url: 'https://a.example' }] },
      'hooks[0].type',
    ],
    ['an unknown part', { gadgets: [] }, 'gadgets'],
    ['metrics that are none', { analysis: { metrics: [{}] } }, 'analysis.metrics[0].name'],
    ['a certainty', { analysis: { confidence: 1 } }, 'analysis.confidence'],
    ['a tolerance below stable', { analysis: { errors: { tolerance: 0.9 } } }, 'analysis.errors.tolerance'],
    ['a margin below a bucket', { analysis: { latency: { margin: '5%' } } }, 'analysis.latency.margin'],
    ['a margin that is a number', { analysis: { latency: { margin: 20 } } }, 'analysis.latency.margin'],
    ['six quantiles', { analysis: { latency: { quantiles: [1, 2, 3, 4, 5, 6] } } }, 'analysis.latency.quantiles'],
    ['a minimum above the maximum', { analysis: { minimum: { time: '2h' } } }, 'analysis.maximum.time'],
    ['another end of doubt', { analysis: { inconclusive: 'Guess' } }, 'analysis.inconclusive'],
    ['workloads of one track', { workloads: { stable: CART } }, 'workloads.canary'],
    ['one workload for both tracks', { workloads: { stable: CART, canary: CART } }, 'workloads'],
    ['a DaemonSet', { workloads: { stable: CART, canary: { ...CART, kind: 'DaemonSet' } } }, 'workloads.canary.kind'],
    [
      'a path for a name',
      { workloads: { stable: CART, canary: { ...CART, name: '../cart' } } },
      'workloads.canary.name',
    ],
    [
      'a long name',
      { workloads: { stable: CART, canary: { ...CART, name: 'a'.repeat(254) } } },
      'workloads.canary.name',
    ],
    ['dots in a row', { workloads: { stable: CART, canary: { ...CART, name: 'a..b' } } }, 'workloads.canary.name'],
    [
      'a namespace of a workload',
      { workloads: { stable: CART, canary: { kind: 'Deployment', name: 'b', namespace: 'bank' } } },
      'workloads.canary.namespace',
    ],
    [
      'a copy between two kinds',
      { workloads: { stable: CART, canary: { kind: 'StatefulSet', name: 'cart' }, promotion: 'Copy' } },
      'workloads',
    ],
    [
      'a promotion that is not built',
      { workloads: { stable: CART, canary: { ...CART, name: 'b' }, promotion: 'PingPong' } },
      'workloads.promotion',
    ],
    ['a way back that is not known', { rollback: { mode: 'Slow' } }, 'rollback.mode'],
    ['a way back without a mode', { rollback: {} }, 'rollback.mode'],
    ['an analysis without a metric', steps({ analysis: { metrics: [] } }), 'steps[0].analysis.metrics'],
    ["an analysis by Argo's templates", steps({ analysis: { templates: [] } }), 'steps[0].analysis.templates'],
    [
      'an analysis with a condition that is none',
      steps({ analysis: { metrics: [{ ...ALARM, successCondition: 'result ==' }] } }),
      'steps[0].analysis.metrics[0].successCondition',
    ],
    [
      'an analysis with one name twice',
      steps({ analysis: { metrics: [ALARM, ALARM] } }),
      'steps[0].analysis.metrics[1].name',
    ],
    [
      'an analysis that takes two weeks',
      steps({ analysis: { metrics: [{ ...ALARM, interval: '24h', count: 15 }] } }),
      'steps[0].analysis.metrics[0].count',
    ],
    ['a header route without a name', steps({ setHeaderRoute: { match: [TESTER] } }), 'steps[0].setHeaderRoute.name'],
    [
      'a header that cannot be',
      steps({ setHeaderRoute: { name: 'a', match: [{ ...TESTER, headerName: ':path' }] } }),
      'steps[0].setHeaderRoute.match[0].headerName',
    ],
    [
      'a value that Envoy would refuse',
      steps({ setHeaderRoute: { name: 'a', match: [{ ...TESTER, headerValue: { exact: 'a\u0000' } }] } }),
      'steps[0].setHeaderRoute.match[0].headerValue.exact',
    ],
    [
      'a regular expression',
      steps({ setHeaderRoute: { name: 'a', match: [{ ...TESTER, headerValue: { regex: 'a+' } }] } }),
      'steps[0].setHeaderRoute.match[0].headerValue',
    ],
    ['a copy of more than all', steps({ setMirrorRoute: { percentage: 101 } }), 'steps[0].setMirrorRoute.percentage'],
    ['a copy of what is not named', steps({ setMirrorRoute: { match: [{}] } }), 'steps[0].setMirrorRoute.match[0]'],
    [
      'a route behind everything',
      steps({ setWeight: 100 }, { setMirrorRoute: { percentage: 1 } }),
      'steps[1].setMirrorRoute',
    ],
    [
      'more entries than a proxy is to look at',
      steps(...Array.from({ length: 17 }, (_, i) => ({ setHeaderRoute: { name: `a${i}`, match: [TESTER] } }))),
      'steps',
    ],
    ['a deadline of seconds', { progressDeadline: '5s' }, 'progressDeadline'],
  ])('%s', (_name, strategy, path) => {
    const found = parsed(strategy);
    expect(found.valid ? [] : found.faults.map((fault) => fault.path)).toContain(`spec.strategy.${path}`);
  });
});
