import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCondition } from '../../../functions/canary/metrics/condition/parse.ts';
import { foldMeasurements, nextMeasurementAt } from '../../../functions/canary/metrics/fold.ts';
import { dryRunFailures, judgeMetrics, OUTSIDE_GUARANTEE } from '../../../functions/canary/metrics/judge.ts';
import {
  MEASUREMENTS_KEPT,
  type Measurement,
  type MeasurementPhase,
  type MetricLimits,
  type MetricState,
  type MetricsRecord,
  openMetrics,
  stateOf,
} from '../../../functions/canary/metrics/metric-state.ts';
import { assess } from '../../../functions/canary/metrics/phase-of.ts';
import { readMetricsRecord } from '../../../functions/canary/metrics/read-record.ts';

const T0 = 1_700_000_000_000;
const LIMITS: MetricLimits = {
  name: 'success-rate',
  intervalMs: 60_000,
  initialDelayMs: 0,
  failureLimit: 0,
  inconclusiveLimit: 0,
  consecutiveErrorLimit: 4,
  dryRun: false,
};
/** S successful, F failed, N no data, I inconclusive with data, E an error. */
const LETTERS: ReadonlyMap<string, readonly [MeasurementPhase, boolean]> = new Map([
  ['S', ['Successful', true]],
  ['F', ['Failed', true]],
  ['N', ['Inconclusive', false]],
  ['I', ['Inconclusive', true]],
  ['E', ['Error', false]],
]);

function measurement(letter: string, minute: number, more: Partial<Measurement> = {}): Measurement {
  const [phase, hasData] = LETTERS.get(letter) ?? ['Error', false];
  return { at: T0 + minute * 60_000, phase, hasData, ...more };
}

function measured(letters: string, limits: Partial<MetricLimits> = {}): MetricsRecord {
  return [...letters].reduce(
    (record, letter, minute) =>
      foldMeasurements([{ ...LIMITS, ...limits }], record, new Map([[LIMITS.name, measurement(letter, minute)]])),
    openMetrics('r1', T0),
  );
}

const stateAfter = (letters: string, limits: Partial<MetricLimits> = {}): MetricState =>
  stateOf(measured(letters, limits), LIMITS.name);

describe('what a measurement comes to', () => {
  const [yes, no, unknown] = ['result[0] > 1', 'result[0] > 9', 'result[7] > 1'].map((text) => parseCondition(text));
  const wrong = parseCondition('result > 1');
  test.each([
    ['success alone, true', { success: yes }, [5], 'Successful'],
    ['success alone, false', { success: no }, [5], 'Failed'],
    ['success alone, cannot be told', { success: unknown }, [5], 'Inconclusive'],
    ['failure alone, true', { failure: yes }, [5], 'Failed'],
    ['failure alone, false', { failure: no }, [5], 'Successful'],
    ['failure alone, cannot be told', { failure: unknown }, [5], 'Inconclusive'],
    ['both true', { success: yes, failure: yes }, [5], 'Failed'],
    ['success true, failure false', { success: yes, failure: no }, [5], 'Successful'],
    ['both false', { success: no, failure: no }, [5], 'Inconclusive'],
    ['success false, failure true', { success: no, failure: yes }, [5], 'Failed'],
    ['success cannot be told, failure true', { success: unknown, failure: yes }, [5], 'Failed'],
    ['success cannot be told, failure false', { success: unknown, failure: no }, [5], 'Inconclusive'],
    ['success true, failure cannot be told', { success: yes, failure: unknown }, [5], 'Inconclusive'],
    ['none', {}, [5], 'Successful'],
    ['none, no data', {}, [], 'Inconclusive'],
    ['none, only NaN', {}, [Number.NaN], 'Inconclusive'],
    ['types that do not fit', { success: wrong }, [5], 'Error'],
    ['types that do not fit, no data', { success: wrong }, [], 'Inconclusive'],
  ])('%s', (_, conditions, result, phase) => {
    const { success, failure } = conditions as { success?: typeof yes; failure?: typeof yes };
    const given = { ...(success === undefined ? {} : { success }), ...(failure === undefined ? {} : { failure }) };
    expect(assess(result, given).phase).toBe(phase);
  });
});

describe('measurements add up as in Argo', () => {
  test.each<[letters: string, limits: Partial<MetricLimits>, phase: string]>([
    ['', {}, 'Running'],
    ['S', {}, 'Running'],
    ['F', {}, 'Failed'],
    ['F', { failureLimit: 1 }, 'Running'],
    ['FSSF', { failureLimit: 1 }, 'Failed'],
    ['FSSS', { failureLimit: 0 }, 'Failed'],
    ['N', {}, 'Inconclusive'],
    ['I', { inconclusiveLimit: 1 }, 'Running'],
    ['ISI', { inconclusiveLimit: 1 }, 'Inconclusive'],
    ['EEEE', {}, 'Running'],
    ['EEEEE', {}, 'Error'],
    ['EEESEE', {}, 'Running'],
    ['EE', { consecutiveErrorLimit: 1 }, 'Error'],
    ['SSS', { count: 3 }, 'Successful'],
    ['SES', { count: 3 }, 'Running'],
    ['SF', { count: 2, failureLimit: 1 }, 'Successful'],
    ['SI', { count: 2, inconclusiveLimit: 1 }, 'Successful'],
    ['SF', { count: 2 }, 'Failed'],
    // Beyond Argo: what holds ends with the next result.
    ['NNNS', {}, 'Running'],
    ['NSN', {}, 'Inconclusive'],
    ['NSN', { inconclusiveLimit: 1 }, 'Inconclusive'],
    ['NNSN', { inconclusiveLimit: 1 }, 'Running'],
    ['EEEEES', {}, 'Running'],
    ['NF', {}, 'Failed'],
  ])('%s with %j is %s', (letters, limits, phase) => {
    expect(stateAfter(letters, limits).phase).toBe(phase);
  });

  test('counts are of all, measurements of the last', () => {
    const state = stateAfter('SSNIEFSS', { failureLimit: 5, inconclusiveLimit: 5 });
    expect(state).toMatchObject({ successful: 4, failed: 1, inconclusive: 2, error: 1, consecutiveError: 0 });
    expect(state.measurements.map(({ phase }) => phase)).toEqual([
      'Inconclusive',
      'Error',
      'Failed',
      'Successful',
      'Successful',
    ]);
    expect(state.successfulAt).toBe(T0 + 7 * 60_000);
  });

  test('the same measurement twice, or an older one, counts once', () => {
    const once = measured('SF', { failureLimit: 3 });
    const again = (minute: number): MetricsRecord =>
      foldMeasurements([{ ...LIMITS, failureLimit: 3 }], once, new Map([[LIMITS.name, measurement('F', minute)]]));
    expect(JSON.stringify(again(1))).toBe(JSON.stringify(once));
    expect(JSON.stringify(again(0))).toBe(JSON.stringify(once));
    expect(again(2)).not.toEqual(once);
  });

  test('values and messages are cut, metrics of another policy go', () => {
    const long = measurement('S', 0, { value: 'v'.repeat(999), message: 'm'.repeat(999) });
    const record = foldMeasurements([LIMITS], openMetrics('r1', T0), new Map([[LIMITS.name, long]]));
    expect(stateOf(record, LIMITS.name).measurements[0]).toMatchObject({
      value: 'v'.repeat(64),
      message: 'm'.repeat(240),
    });
    expect(foldMeasurements([{ ...LIMITS, name: 'other' }], record, new Map()).metrics).toEqual([]);
  });
});

describe('when a metric is measured', () => {
  test.each<[letters: string, limits: Partial<MetricLimits>, after: number | undefined]>([
    ['', {}, 0],
    ['', { initialDelayMs: 90_000 }, 90_000],
    ['S', {}, 60_000],
    ['SN', {}, 120_000],
    ['E', {}, 10_000],
    ['E', { intervalMs: 5_000 }, 5_000],
    ['F', {}, undefined],
    ['S', { count: 1 }, undefined],
    ['NNN', {}, 180_000],
  ])('after %j with %j: %s', (letters, limits, after) => {
    const at = nextMeasurementAt({ ...LIMITS, ...limits }, measured(letters, limits));
    expect(at).toBe(after === undefined ? undefined : T0 + after);
  });
});

describe('what metrics do to the release', () => {
  const judge = (letters: string, limits: Partial<MetricLimits> = {}, step = 0) =>
    judgeMetrics([{ ...LIMITS, ...limits }], measured(letters, limits), T0 + step * 60_000);

  test.each<[letters: string, limits: Partial<MetricLimits>, step: number, decision: string]>([
    ['S', {}, 0, 'Go'],
    ['S', {}, 1, 'Hold'],
    ['SS', {}, 1, 'Go'],
    ['', {}, 0, 'Hold'],
    ['', { dryRun: true }, 0, 'Go'],
    ['F', { dryRun: true }, 0, 'Go'],
    ['F', {}, 0, 'Abort'],
    ['N', {}, 0, 'Hold'],
    ['SN', {}, 0, 'Hold'],
    ['N', { inconclusiveLimit: 3 }, 0, 'Hold'],
    ['SN', { inconclusiveLimit: 3 }, 0, 'Go'],
    ['EEEEE', {}, 0, 'Hold'],
    ['S', { count: 1 }, 9, 'Go'],
    ['SF', { failureLimit: 1 }, 0, 'Go'],
  ])('%s with %j, step from minute %d: %s', (letters, limits, step, decision) => {
    expect(judge(letters, limits, step).decision).toBe(decision);
  });

  test('no metric: nothing to wait for', () => {
    expect(judgeMetrics([], openMetrics('r1', T0), T0)).toEqual({ decision: 'Go' });
  });

  test('sentences name the metric, the figures, and what they are not', () => {
    const failed = foldMeasurements(
      [{ ...LIMITS, failureLimit: 0 }],
      openMetrics('r1', T0),
      new Map([[LIMITS.name, measurement('F', 0, { value: '[0.87]' })]]),
    );
    expect(judgeMetrics([LIMITS], failed, T0)).toEqual({
      decision: 'Abort',
      sentence: `metric success-rate failed 1 time, last at [0.87]: failureLimit is 0; ${OUTSIDE_GUARANTEE}`,
    });
    const dry = { ...LIMITS, dryRun: true };
    expect(dryRunFailures([dry], failed)).toEqual([
      'metric success-rate failed 1 time, last at [0.87]: failureLimit is 0; it is a dry run, so nothing follows',
    ]);
    expect(dryRunFailures([LIMITS], failed)).toEqual([]);
    expect(judge('')).toEqual({
      decision: 'Hold',
      sentence: 'held: metric success-rate has no successful measurement in this step yet',
      isWithoutData: false,
    });
    expect(judge('SNN')).toEqual({
      decision: 'Hold',
      sentence: 'held: metric success-rate is inconclusive, 2 times',
      isWithoutData: true,
    });
    expect(judge('EEEEE')).toMatchObject({
      sentence: 'held: metric success-rate could not be measured 5 times in a row',
      isWithoutData: true,
    });
    expect(judge('NI')).toMatchObject({ decision: 'Hold', isWithoutData: false });
  });

  test('what has failed comes before what has no data, and that before what is still to be measured', () => {
    const metrics = ['a', 'b', 'c'].map((name) => ({ ...LIMITS, name }));
    const record = (letters: ReadonlyMap<string, string>): MetricsRecord =>
      foldMeasurements(
        metrics,
        openMetrics('r1', T0),
        new Map([...letters].map(([name, letter]) => [name, measurement(letter, 0)])),
      );
    expect(
      judgeMetrics(
        metrics,
        record(
          new Map([
            ['a', 'N'],
            ['c', 'F'],
          ]),
        ),
        T0,
      ),
    ).toMatchObject({ decision: 'Abort' });
    expect(
      judgeMetrics(
        metrics,
        record(
          new Map([
            ['b', 'N'],
            ['c', 'S'],
          ]),
        ),
        T0,
      ),
    ).toMatchObject({
      decision: 'Hold',
      sentence: 'held: metric b is inconclusive, 1 time',
      isWithoutData: true,
    });
  });
});

describe('the record', () => {
  const letters = fc.string({ unit: fc.constantFrom(...LETTERS.keys()), maxLength: 40 });

  test('is read back as it was written, and holds a bounded number of measurements', () => {
    fc.assert(
      fc.property(letters, fc.nat(3), fc.nat(3), (text, failureLimit, inconclusiveLimit) => {
        const record = measured(text, { failureLimit, inconclusiveLimit });
        expect(readMetricsRecord(JSON.parse(JSON.stringify(record)))).toEqual(record);
        for (const { measurements } of record.metrics)
          expect(measurements.length).toBeLessThanOrEqual(MEASUREMENTS_KEPT);
      }),
    );
  });

  test('a metric that has failed stays failed, and no data alone never goes on', () => {
    fc.assert(
      fc.property(letters, letters, (before, after) => {
        expect(stateAfter(`${before}F${after}`).phase).toBe('Failed');
        const without = before.replaceAll(/[SF]/g, 'N');
        expect(judgeMetrics([LIMITS], measured(without), T0).decision).toBe('Hold');
      }),
    );
  });

  const good = measured('SN');
  const [metric] = good.metrics;
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a list', []],
    ['no release', { ...good, release: undefined }],
    ['a long release', { ...good, release: 'r'.repeat(129) }],
    ['a time that is none', { ...good, startedAt: -1 }],
    ['no metrics', { ...good, metrics: {} }],
    ['too many metrics', { ...good, metrics: Array.from({ length: 11 }, () => metric) }],
    ['a metric without a name', { ...good, metrics: [{ ...metric, name: 7 }] }],
    ['an unknown phase', { ...good, metrics: [{ ...metric, phase: 'Great' }] }],
    ['a count that is none', { ...good, metrics: [{ ...metric, failed: 0.5 }] }],
    ['a time of success that is none', { ...good, metrics: [{ ...metric, successfulAt: 'x' }] }],
    ['no measurements', { ...good, metrics: [{ ...metric, measurements: 'x' }] }],
    [
      'a measurement without a time',
      { ...good, metrics: [{ ...metric, measurements: [{ phase: 'Failed', hasData: true }] }] },
    ],
    [
      'a measurement of an unknown phase',
      { ...good, metrics: [{ ...metric, measurements: [{ at: 1, phase: 'x', hasData: true }] }] },
    ],
    [
      'a measurement with a long value',
      {
        ...good,
        metrics: [{ ...metric, measurements: [{ at: 1, phase: 'Failed', hasData: true, value: 'v'.repeat(65) }] }],
      },
    ],
  ])('%s is no record', (_, value) => {
    expect(readMetricsRecord(value)).toBeUndefined();
  });
});
