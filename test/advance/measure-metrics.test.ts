import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createMeasureMetrics, type MetricTools } from '../../functions/advance/measure-metrics.ts';
import type { Metric } from '../../functions/canary/document/metrics/metrics.ts';
import { type MetricsRecord, openMetrics } from '../../functions/canary/metrics/metric-state.ts';
import { type ClusterRecord, parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { METRIC_LOOK_MS, METRIC_READ_MS, METRIC_RECORD_MS } from '../../functions/limits.ts';
import { NO_RECORD } from '../../functions/template-store/cache/cached-records.ts';
import { metricOf } from '../contract/metric-provider.ts';
import { canaryOf } from '../support/canaries.ts';
import { collectLog } from '../support/log-lines.ts';
import { localTools, type PlainServer, startPlainServer } from '../support/metric-servers.ts';

let server: PlainServer;
beforeAll(async () => {
  server = await startPlainServer();
});
afterAll(async () => await server.close());
beforeEach(() =>
  server.respondBy((response) => response.end('{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}')),
);

const START = 1_700_000_000_000;

function recordWith(egress: object | undefined): ClusterRecord {
  const parsed = parseClusterRecord(egress === undefined ? {} : { egress });
  if (!parsed.valid) throw new Error(JSON.stringify(parsed.faults));
  return parsed.value;
}

const listed = (): ClusterRecord => recordWith({ http: [server.host], private: ['127.0.0.1/32'] });

function prometheus(name: string, query = 'up'): Metric {
  return metricOf({ prometheus: { address: server.url, query } }, { name, successCondition: 'result == 1' });
}

interface Measuring {
  readonly measure: (metrics: readonly Metric[], from?: MetricsRecord) => Promise<MetricsRecord>;
  readonly lines: readonly unknown[];
  now: number;
}

function measuring(recordFor: MetricTools['recordFor']): Measuring {
  const { log, lines } = collectLog();
  const { egress: _, ...tools } = localTools(server.host, { now: () => self.now });
  const measure = createMeasureMetrics({ ...tools, recordFor, log });
  const canary = canaryOf({ status: { weights: { stable: 80, canary: 20 }, phase: 'Progressing' } });
  const self: Measuring = {
    lines,
    now: START,
    measure: async (metrics, from = openMetrics('r7', START)) =>
      await measure({ cluster: 'eu1', canary, metrics }, from),
  };
  return self;
}

async function measured(
  recordFor: MetricTools['recordFor'],
  metrics: readonly Metric[],
  from?: MetricsRecord,
): Promise<{ readonly record: MetricsRecord; readonly lines: readonly unknown[] }> {
  const { measure, lines } = measuring(recordFor);
  return { record: await measure(metrics, from), lines };
}

const messagesIn = ({ metrics }: MetricsRecord): unknown[] =>
  metrics.map(({ measurements }) => measurements.at(-1)?.message);

describe('measuring the metrics of a release', () => {
  test('asks what the cluster record lists, with the values of the canary, and leaves one line', async () => {
    const asked: unknown[] = [];
    const recordFor: MetricTools['recordFor'] = async (...args) => {
      asked.push(args);
      return listed();
    };
    const metrics = [
      prometheus('a', 'x{n="{{ namespace }}",s="{{ service }}",c="{{ canary }}",w="{{ weight }}"}[{{ interval }}]'),
      prometheus('b'),
    ];
    const { record, lines } = await measured(recordFor, metrics);
    expect(record.metrics.map(({ name, successful }) => [name, successful])).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    expect(asked).toEqual([
      ['eu1', METRIC_RECORD_MS],
      ['eu1', METRIC_RECORD_MS],
    ]);
    const queries = server.seen.map(({ body }) => new URLSearchParams(body).get('query'));
    expect(queries).toContain('x{n="shop",s="cart",c="cart",w="20"}[1m]');
    const counts = { metrics: 2, failed: 0, inconclusive: 0, errors: 0 };
    expect(lines).toEqual([
      ['info', 'metrics measured', { cluster: 'eu1', namespace: 'shop', name: 'cart', ...counts }],
    ]);
  });

  test('reads nothing, and says nothing, where no metric is due', async () => {
    const recordFor: MetricTools['recordFor'] = async () => await Promise.reject(new Error('was asked'));
    const from = openMetrics('r7', START);
    const { record, lines } = await measured(recordFor, [{ ...prometheus('a'), initialDelay: '1m' }], from);
    expect(record).toBe(from);
    expect(lines).toEqual([]);
  });

  test.each<[title: string, recordFor: MetricTools['recordFor'], message: RegExp]>([
    ['a record that lists nothing', async () => recordWith(undefined), /plain http is for hosts in egress\.http/],
    ['no record', async () => NO_RECORD, /plain http is for hosts in egress\.http/],
    ['a record that cannot be read', async () => undefined, /the cluster record, .*, cannot be read/],
  ])('asks nothing of %s', async (_title, recordFor, message) => {
    const { record, lines } = await measured(recordFor, [prometheus('a')]);
    expect(messagesIn(record)).toEqual([expect.stringMatching(message)]);
    expect(server.seen).toEqual([]);
    expect(lines).toEqual([['info', 'metrics measured', expect.objectContaining({ metrics: 1, errors: 1 })]]);
  });

  test('takes no line of what a server, a query or a secret has', async () => {
    server.respondBy((response) => response.writeHead(400).end('{"status":"error","error":"hidden-answer"}'));
    const { lines } = await measured(async () => listed(), [prometheus('a', 'hidden_query')]);
    expect(JSON.stringify(lines)).not.toMatch(/hidden|127\.0\.0\.1/);
  });

  const scalar = '{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}';

  test('a provider that hangs delays no look and no other metric, and is an error in time', async () => {
    server.respondBy((response, { body }) => {
      if (!body.includes('hang')) response.end(scalar);
    });
    const metrics = [prometheus('a', 'hang'), prometheus('b')];
    const { measure, lines } = measuring(async () => listed());
    const at = performance.now();
    const first = await measure(metrics);
    expect(performance.now() - at).toBeLessThan(METRIC_LOOK_MS + 1_000);
    expect(first.metrics.map(({ name }) => name)).toEqual(['b']);
    // It is not asked again while it is waited for.
    expect(await measure(metrics, first)).toBe(first);
    expect(server.seen).toHaveLength(2);
    await expect.poll(() => measure(metrics, first), { timeout: METRIC_READ_MS + 5_000 }).not.toBe(first);
    expect(lines).toHaveLength(2);
    expect(server.seen.length).toBeLessThanOrEqual(3);
  }, 20_000);

  test('what takes longer than a look is found by a later one, once', async () => {
    server.respondBy((response) => void setTimeout(() => response.end(scalar), METRIC_LOOK_MS + 300));
    const { measure } = measuring(async () => listed());
    const from = openMetrics('r7', START);
    expect(await measure([prometheus('a')], from)).toBe(from);
    let found = from;
    await expect
      .poll(async () => {
        found = await measure([prometheus('a')], found);
        return found.metrics.length;
      })
      .toBe(1);
    expect(found.metrics[0]).toMatchObject({ successful: 1, error: 0 });
    expect(await measure([prometheus('a')], found)).toBe(found);
    expect(server.seen).toHaveLength(1);
  });

  test('what was frozen with its function is no finding, and is measured again', async () => {
    const self = measuring(async () => {
      self.now += 60_000;
      return listed();
    });
    const from = openMetrics('r7', START);
    expect(await self.measure([prometheus('a')], from)).toBe(from);
    await expect.poll(() => server.seen.length).toBe(1);
    const asked = async (): Promise<number> => {
      await self.measure([prometheus('a')], from);
      return server.seen.length;
    };
    await expect.poll(asked).toBeGreaterThanOrEqual(2);
  });

  test('another release of the canary gets nothing of the one before', async () => {
    server.respondBy((response) => void setTimeout(() => response.end(scalar), METRIC_LOOK_MS + 200));
    const { measure } = measuring(async () => listed());
    await measure([prometheus('a')]);
    const other = openMetrics('r8', START);
    expect(await measure([prometheus('a')], other)).toBe(other);
    expect(server.seen).toHaveLength(2);
  });
});
