import { describe, expect, test } from 'vitest';
import { logFigures } from '../../functions/advance/step/release-figures.ts';
import type { Stepped } from '../../functions/advance/step/step-release.ts';
import { metricFields } from '../../functions/events/metrics.ts';
import { createLog } from '../../functions/log.ts';
import { steerRelease } from '../../functions/releases/steer-release.ts';
import { collectLog } from '../support/log-lines.ts';
import { type ReleaseSimulator, simulateRelease } from '../support/release-simulator.ts';

const TIMES = { baseline: '30s', minimum: { time: '30s' }, bake: { time: '30s' } };
const SHORT = { steps: [{ setWeight: 10 }, { setWeight: 50 }], analysis: TIMES };
const KEY = { cluster: 'local', namespace: 'shop', name: 'cart' };

/** The figures of looks, until one of them is as wanted. */
async function figuresWhere(
  release: ReleaseSimulator,
  isWanted: (figures: NonNullable<Stepped['figures']>) => boolean,
): Promise<NonNullable<Stepped['figures']>> {
  for (let count = 0; count < 600; count++) {
    const figures = (await release.pass())?.figures;
    if (figures !== undefined && isWanted(figures)) return figures;
  }
  throw new Error('no such look');
}

describe('what a look tells of a release in numbers', () => {
  test('in the baseline nothing is set, measured or proved', async () => {
    const release = await simulateRelease(SHORT, { rps: 100 });
    const figures = (await release.pass())?.figures;
    expect(figures).toMatchObject({ weightSet: 0, weightServed: 0, log10E: 0, stepTime: 5 });
    expect(figures).not.toHaveProperty('measured');
  });

  test('a share is set before proxies serve it, then measured beside what was set', async () => {
    const release = await simulateRelease(SHORT, { rps: 400, lag: 20 });
    const set = await figuresWhere(release, ({ weightSet }) => weightSet === 10);
    expect(set).toMatchObject({ weightServed: 0 });
    const served = await figuresWhere(release, ({ weightServed }) => weightServed === 10);
    expect(served.weightSet).toBe(10);
    const { measured } = await figuresWhere(release, (figures) => figures.measured !== undefined);
    expect(measured?.responses).toBeGreaterThan(0);
    expect(Math.abs((measured?.weightMeasured ?? 0) - 10)).toBeLessThan(5);
  });

  test('E grows with bad responses of the canary until it convicts: 100 is needed', async () => {
    const release = await simulateRelease(SHORT, { canaryBad: 0.5, rps: 100 });
    const convicted = await figuresWhere(release, ({ log10E }) => log10E >= 2);
    expect(convicted.weightSet).toBe(10);
    await release.until(({ status }) => status.phase === 'Failed', 2);
  });

  test('the evidence lags by windows that are open, and by all that a pause of the control plane left', async () => {
    const release = await simulateRelease(SHORT, { rps: 100 });
    const usual = (await release.pass())?.figures?.evidenceLag ?? 0;
    expect(usual).toBeLessThanOrEqual(20);
    // Longer than one look can read.
    release.jump(1_500);
    const behind = (await release.look())?.figures?.evidenceLag ?? 0;
    expect(behind).toBeGreaterThan(600);
  });

  test('a step has a time of its own', async () => {
    const release = await simulateRelease(SHORT, { rps: 0 });
    await release.pass();
    await release.pass();
    expect((await release.look())?.figures?.stepTime).toBe(10);
    await steerRelease(release.use.call(), 'skip');
    expect((await release.pass())?.figures?.stepTime).toBe(5);
  });
});

describe('as metrics', () => {
  const figures = { weightSet: 10, weightServed: 5, log10E: -0.5, evidenceLag: 12, stepTime: 60 };

  test('each number by cluster, namespace and name of the canary', () => {
    const lines: string[] = [];
    const log = createLog(
      (line) => lines.push(line),
      () => 0,
      metricFields,
    );
    logFigures(log, KEY, { ...figures, measured: { weightMeasured: 9.5, responses: 200 } });
    const [looked, shares] = lines.map((line) => JSON.parse(line));
    expect(looked).toMatchObject({ ...KEY, ...figures });
    expect(looked._aws.CloudWatchMetrics).toEqual([
      {
        Namespace: 'Outrigger',
        Dimensions: [['cluster', 'namespace', 'name']],
        Metrics: [
          { Name: 'releaseLooks', Unit: 'Count' },
          { Name: 'weightSet', Unit: 'Percent' },
          { Name: 'weightServed', Unit: 'Percent' },
          { Name: 'log10E', Unit: 'None' },
          { Name: 'evidenceLag', Unit: 'Seconds' },
          { Name: 'stepTime', Unit: 'Seconds' },
        ],
      },
    ]);
    expect(shares).toMatchObject({ ...KEY, weightMeasured: 9.5, responses: 200 });
  });

  test('without a response there is no share: 0 would look like a canary that gets nothing', () => {
    const { log, lines } = collectLog();
    logFigures(log, KEY, figures);
    expect(lines).toEqual([['info', 'release looked at', { ...KEY, ...figures }]]);
  });
});
