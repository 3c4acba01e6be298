import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Metric } from '../../functions/canary/document/metrics/metrics.ts';
import { measure } from '../../functions/canary/providers/measure.ts';
import type { MetricContext, ProviderTools } from '../../functions/canary/providers/provider.ts';
import { NO_EGRESS } from '../../functions/cluster-record/egress.ts';

/** A provider and the system behind it, as a test moves it. */
export interface ProviderHarness {
  readonly provider: Metric['provider'];
  /** True of what is good. */
  readonly successCondition?: string;
  readonly tools: ProviderTools;
  /** The system has this from now on; resolves when it does. */
  has(what: 'good' | 'bad' | 'nothing'): Promise<void>;
  /** The system is down from now on. */
  goDown(): Promise<void>;
  close(): Promise<void>;
}

/** The release that contract tests measure. */
export const CONTEXT: MetricContext = {
  cluster: 'eu1',
  values: { namespace: 'shop', service: 'cart', canary: 'cart', interval: '60s', weight: '20' },
  phase: 'Progressing',
  release: 'r1',
};

/** A metric as parsed, with its defaults. */
export function metricOf(provider: Metric['provider'], more: Partial<Metric> = {}): Metric {
  return {
    name: 'success-rate',
    provider,
    interval: '1m',
    initialDelay: '0s',
    failureLimit: 0,
    inconclusiveLimit: 0,
    consecutiveErrorLimit: 4,
    dryRun: false,
    ...more,
  };
}

/** What every provider does, whatever it asks. */
export function metricProviderContract(title: string, start: () => Promise<ProviderHarness>): void {
  describe(`metrics of ${title}`, () => {
    let harness: ProviderHarness;
    const measured = async (tools: Partial<ProviderTools> = {}, signal = AbortSignal.timeout(20_000)) => {
      const { provider, successCondition } = harness;
      const metric = metricOf(provider, successCondition === undefined ? {} : { successCondition });
      return await measure(metric, CONTEXT, { ...harness.tools, ...tools }, signal);
    };
    beforeAll(async () => {
      harness = await start();
    }, 120_000);
    afterAll(async () => await harness?.close());

    test('a good value is successful, a bad one fails', async () => {
      await harness.has('good');
      const good = await measured();
      expect(good).toMatchObject({ phase: 'Successful', hasData: true });
      await harness.has('bad');
      const bad = await measured();
      expect(bad).toMatchObject({ phase: 'Failed', hasData: true });
      expect(bad.value).not.toBe(good.value);
    }, 60_000);

    test('no data is inconclusive, whatever was there before', async () => {
      await harness.has('nothing');
      expect(await measured()).toMatchObject({ phase: 'Inconclusive', hasData: false, message: 'no data' });
    }, 60_000);

    test('what the cluster record does not list is not asked, and the error says where to list it', async () => {
      await harness.has('good');
      expect(await measured({ egress: NO_EGRESS })).toMatchObject({
        phase: 'Error',
        hasData: false,
        message: expect.stringMatching(/egress\.[a-z]+ of the cluster record/),
      });
    }, 60_000);

    test('what has no time left is an error in time', async () => {
      const at = performance.now();
      expect(await measured({}, AbortSignal.abort())).toMatchObject({ phase: 'Error', hasData: false });
      expect(performance.now() - at).toBeLessThan(2_000);
    });

    test('a system that is down is an error with a sentence', async () => {
      await harness.goDown();
      const { phase, message = '', hasData } = await measured();
      expect({ phase, hasData }).toEqual({ phase: 'Error', hasData: false });
      expect(message).toMatch(/cannot be reached|does not respond|responds with status/);
    }, 60_000);
  });
}
