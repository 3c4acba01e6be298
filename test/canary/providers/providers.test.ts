import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Metric } from '../../../functions/canary/document/metrics/metrics.ts';
import { foldMeasurements } from '../../../functions/canary/metrics/fold.ts';
import { type MetricsRecord, openMetrics } from '../../../functions/canary/metrics/metric-state.ts';
import { measure } from '../../../functions/canary/providers/measure.ts';
import type { ProviderTools } from '../../../functions/canary/providers/provider.ts';
import { dueMetrics, limitsOf } from '../../../functions/canary/steps/metric-limits.ts';
import { NO_EGRESS } from '../../../functions/cluster-record/egress.ts';
import { CONTEXT, metricOf } from '../../contract/metric-provider.ts';
import { awsAt, localTools, type PlainServer, startPlainServer } from '../../support/metric-servers.ts';

const SECRET = 'Bearer not-to-be-seen-7';
let server: PlainServer;
beforeAll(async () => {
  server = await startPlainServer();
});
afterAll(async () => await server.close());

const respondWith = (document: unknown, status = 200): void =>
  server.respondBy((response) =>
    response.writeHead(status).end(typeof document === 'string' ? document : JSON.stringify(document)),
  );

async function measured(provider: Metric['provider'], more: Partial<Metric> = {}, tools: Partial<ProviderTools> = {}) {
  const local = localTools(server.host, { readSecret: async () => SECRET, ...tools });
  return await measure(metricOf(provider, more), CONTEXT, local, AbortSignal.timeout(20_000));
}

const success = (resultType: string, result: unknown): unknown => ({ status: 'success', data: { resultType, result } });
const prometheus = (more: object = {}): Metric['provider'] => ({
  prometheus: {
    address: `${server.url}/prefix/`,
    query: 'rate(x{ns="{{ namespace }}",w="{{weight}}"}[{{ interval }}])',
    ...more,
  },
});

describe('Prometheus', () => {
  test('is asked by a form, with the variables filled in, its headers and the secret', async () => {
    respondWith(success('vector', [{ metric: {}, value: [1, '1'] }]));
    const headers = { 'x-scope-orgid': 'shop' };
    await measured(prometheus({ headers, secretRef: 'grafana' }), { successCondition: 'result[0] == 1' });
    const [seen] = server.seen;
    expect(seen).toMatchObject({ method: 'POST', url: '/prefix/api/v1/query' });
    expect(Object.fromEntries(new URLSearchParams(seen?.body))).toEqual({
      query: 'rate(x{ns="shop",w="20"}[60s])',
      timeout: '4s',
    });
    expect(seen?.headers).toMatchObject({
      'x-scope-orgid': 'shop',
      authorization: SECRET,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    });
  });

  test.each<[title: string, document: unknown, condition: string, phase: string, value: string]>([
    ['a scalar', success('scalar', [1, '0.5']), 'result == 0.5', 'Successful', '0.5'],
    [
      'a vector',
      success('vector', [{ value: [1, '1'] }, { value: [1, '2'] }]),
      'len(result) == 2',
      'Successful',
      '[1,2]',
    ],
    [
      'a range',
      success('matrix', [
        {
          values: [
            [1, '1'],
            [2, '2'],
          ],
        },
        { values: [[1, '3']] },
      ]),
      'result[2] == 3',
      'Successful',
      '[1,2,3]',
    ],
    ['infinity', success('vector', [{ value: [1, '+Inf'] }]), 'isInf(result[0])', 'Successful', '[Infinity]'],
    ['minus infinity', success('scalar', [1, '-Inf']), 'result < 0', 'Successful', '-Infinity'],
    ['no number', success('vector', [{ value: [1, 'NaN'] }]), 'result[0] > 0', 'Inconclusive', '[NaN]'],
    ['no series', success('vector', []), 'result[0] > 0', 'Inconclusive', '[]'],
    ['no series, which the condition wants', success('vector', []), 'len(result) == 0', 'Successful', '[]'],
    ['an exponent', success('scalar', [1, '1e-3']), 'result == 0.001', 'Successful', '0.001'],
    [
      'many',
      success(
        'vector',
        Array.from({ length: 9 }, () => ({ value: [1, '1'] })),
      ),
      'len(result) == 9',
      'Successful',
      '[1,1,1,1,1,1,1,1,…]',
    ],
  ])('%s', async (_title, document, successCondition, phase, value) => {
    respondWith(document);
    expect(await measured(prometheus(), { successCondition })).toMatchObject({ phase, value });
  });

  test.each<[title: string, status: number, document: unknown, message: RegExp]>([
    [
      'a bad query',
      400,
      { status: 'error', errorType: 'bad_data', error: 'parse error: unexpected <x>' },
      /refuses the query: parse error: unexpected <x>/,
    ],
    [
      'a query that takes too long',
      503,
      { status: 'error', errorType: 'timeout', error: 'query timed out' },
      /query timed out/,
    ],
    [
      'a histogram',
      200,
      success('vector', [{ histogram: [1, {}] }]),
      /as no Prometheus does, or with what is no number/,
    ],
    ['a text', 200, success('string', [1, 'x']), /no number/],
    ['a number that is none', 200, success('scalar', [1, '0x']), /no number/],
    ['an empty number', 200, success('scalar', [1, '']), /no number/],
    ['another document', 200, { ok: true }, /as no Prometheus does/],
    ['a page', 200, '<html>', /as no Prometheus does/],
    ['deep nesting', 200, '['.repeat(500_000), /as no Prometheus does|cannot be measured/],
    ['a redirect', 302, '', /redirects \(302\), which is not followed/],
    ['no credentials', 401, '', /wants credentials: name them with secretRef \(401\)/],
    ['an error', 500, 'secret page', /responds with status 500$/],
    ['more than 1 MB', 200, 'x'.repeat(1_100_000), /more than 1 MB/],
  ])('%s is an error', async (_title, status, document, message) => {
    respondWith(document, status);
    const found = await measured(prometheus(), { successCondition: 'result[0] > 0' });
    expect(found).toMatchObject({ phase: 'Error', hasData: false, message: expect.stringMatching(message) });
    expect(found.value).toBeUndefined();
  });

  test('a workspace is asked with a signature of its own region and service', async () => {
    respondWith(success('vector', [{ value: [1, '1'] }]));
    const egress = { ...NO_EGRESS, workspaces: ['eu-west-1/ws-9'] };
    const provider = { prometheus: { workspace: 'eu-west-1/ws-9', query: 'up' } };
    const successCondition = 'result[0] == 1';
    const found = await measured(provider, { successCondition }, { egress, aws: awsAt(server.url) });
    expect(found.phase).toBe('Successful');
    const [seen] = server.seen;
    expect(seen?.url).toBe('/workspaces/ws-9/api/v1/query');
    expect(seen?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDTEST\/\d{8}\/eu-west-1\/aps\/aws4_request, /,
    );
    expect(seen?.headers['x-amz-security-token']).toBe('not-a-token');
    expect(await measured(provider, { successCondition }, { egress })).toMatchObject({
      message: expect.stringMatching(/no AWS credentials/),
    });
    const other = { prometheus: { workspace: 'eu-west-1/ws-8', query: 'up' } };
    expect(await measured(other, { successCondition }, { egress, aws: awsAt(server.url) })).toMatchObject({
      message: expect.stringMatching(/workspace eu-west-1\/ws-8 is not listed/),
    });
  });
});

describe('secrets', () => {
  const condition = { successCondition: 'result == 1' };

  test.each<[secret: string, repeated: string]>([
    ['Bearer s3cr3', 's3cr3'],
    [`Basic ${Buffer.from('scraper:pa55').toString('base64')}`, 'scraper:pa55'],
    [`Basic ${Buffer.from('scraper:pa55').toString('base64')}`, 'wrong password pa55'],
  ])('a short secret, and what is in a Basic one: %s', async (secret, repeated) => {
    respondWith({ status: 'error', error: `bad token ${repeated}` }, 400);
    const refused = await measured(prometheus({ secretRef: 'token' }), condition, { readSecret: async () => secret });
    expect(refused.message).toContain('[secret]');
    for (const part of ['s3cr3', 'pa55']) expect(JSON.stringify(refused)).not.toContain(part);
  });

  test('a secret that the server repeats is in no message and no value', async () => {
    const echo = { status: 'error', error: `bad ${SECRET} and ${SECRET.split(' ')[1]}` };
    respondWith(echo, 400);
    const refused = await measured(prometheus({ secretRef: 'token' }), condition);
    expect(JSON.stringify(refused)).not.toContain('not-to-be-seen');
    expect(refused.message).toContain('[secret]');
    respondWith({ headers: { authorization: SECRET } });
    const webhook = { webhook: { url: server.url, secretRef: 'token', jsonPath: '{$.headers.authorization}' } };
    const echoed = await measured(webhook, condition);
    expect(server.seen[0]?.headers.authorization).toBe(SECRET);
    expect(JSON.stringify(echoed)).not.toContain('not-to-be-seen');
    const whole = await measured({ webhook: { url: server.url, secretRef: 'token' } }, condition);
    expect(JSON.stringify(whole)).not.toContain('not-to-be-seen');
  });

  test.each<[title: string, readSecret: ProviderTools['readSecret'], message: RegExp]>([
    ['there is none', async () => undefined, /there is no secret token of this namespace/],
    ['it cannot be read', async () => await Promise.reject(new Error('not-to-be-seen')), /secret token cannot be read/],
    ['it has a line break', async () => 'not-to-be-seen\r\nx-evil: 1', /not the text of a header Authorization/],
    ['it is empty', async () => ' \n', /not the text of a header/],
    ['it is too long', async () => 'not-to-be-seen'.repeat(1_000), /not the text of a header/],
  ])('%s', async (_title, readSecret, message) => {
    respondWith(success('scalar', [1, '1']));
    const found = await measured(prometheus({ secretRef: 'token' }), condition, { readSecret });
    expect(found).toMatchObject({ phase: 'Error', message: expect.stringMatching(message) });
    expect(JSON.stringify(found)).not.toContain('not-to-be-seen');
    expect(server.seen).toEqual([]);
  });

  test('is asked for by cluster, namespace and name; blanks round it go', async () => {
    respondWith(success('scalar', [1, '1']));
    const asked: unknown[] = [];
    const readSecret: ProviderTools['readSecret'] = async (key) => {
      asked.push(key);
      return `${SECRET}\n`;
    };
    expect(await measured(prometheus({ secretRef: 'token' }), condition, { readSecret })).toMatchObject({
      phase: 'Successful',
    });
    expect(asked).toEqual([{ cluster: 'eu1', namespace: 'shop', name: 'token' }]);
    expect(server.seen[0]?.headers.authorization).toBe(SECRET);
  });

  test('one that is refused is named', async () => {
    respondWith('', 403);
    expect(await measured(prometheus({ secretRef: 'token' }), condition)).toMatchObject({
      message: expect.stringMatching(/refuses secret token \(403\)/),
    });
  });
});

describe('CloudWatch', () => {
  const query = {
    id: 'm',
    metricStat: { metric: { namespace: 'Shop', metricName: 'Errors' }, period: 60, stat: 'Sum' },
  };
  const provider = (...metricDataQueries: readonly object[]) =>
    ({ cloudwatch: { interval: '5m', metricDataQueries } }) as unknown as Metric['provider'];
  const tools = (cloudwatch: readonly string[] = ['Shop']): Partial<ProviderTools> => ({
    egress: { ...NO_EGRESS, cloudwatch },
    aws: awsAt(server.url),
    now: () => 1_700_000_000_500,
  });
  const results = (more: object = {}): unknown => ({
    MetricDataResults: [{ Id: 'm', Label: 'm', StatusCode: 'Complete', Values: [3, 1], Timestamps: [2, 1], ...more }],
  });
  const condition = { successCondition: 'result[0].Values[0] == 3 && result[0].Id == "m"' };

  test('is asked for the newest values of the interval, with the variables filled in', async () => {
    respondWith(results());
    const dimensions = [{ name: 'Service', value: '{{ service }}' }];
    const full = {
      ...query,
      metricStat: { ...query.metricStat, unit: 'Count', metric: { ...query.metricStat.metric, dimensions } },
    };
    const math = { id: 'e', expression: 'm / 2', label: 'half', returnData: false, period: 60 };
    expect(await measured(provider(full, math), condition, tools())).toMatchObject({
      phase: 'Successful',
      value: '[[3,1]]',
    });
    const [seen] = server.seen;
    expect(seen?.headers).toMatchObject({
      'x-amz-target': 'GraniteServiceVersion20100801.GetMetricData',
      'content-type': 'application/x-amz-json-1.0',
    });
    expect(seen?.headers.authorization).toMatch(/\/eu-central-1\/monitoring\/aws4_request/);
    expect(JSON.parse(seen?.body ?? '')).toEqual({
      StartTime: 1_699_999_700,
      EndTime: 1_700_000_001,
      ScanBy: 'TimestampDescending',
      MaxDatapoints: 10_000,
      MetricDataQueries: [
        {
          Id: 'm',
          ReturnData: true,
          MetricStat: {
            Metric: { Namespace: 'Shop', MetricName: 'Errors', Dimensions: [{ Name: 'Service', Value: 'cart' }] },
            Period: 60,
            Stat: 'Sum',
            Unit: 'Count',
          },
        },
        { Id: 'e', Expression: 'm / 2', Label: 'half', Period: 60, ReturnData: false },
      ],
    });
  });

  test.each<[title: string, query: object, message: RegExp | undefined]>([
    ['its own namespace', query, undefined],
    [
      'another one',
      { ...query, metricStat: { ...query.metricStat, metric: { namespace: 'AWS/Billing', metricName: 'x' } } },
      /namespace AWS\/Billing is not listed/,
    ],
    ['a search', { id: 'e', expression: "search('{AWS/Billing}', 'Sum', 60)" }, /chooses metrics by itself/],
    ['a query', { id: 'e', expression: 'SELECT MAX(x) FROM "AWS/Billing"' }, /chooses metrics by itself/],
    ['math', { id: 'e', expression: 'SUM([m, m]) * 2' }, undefined],
  ])('where one namespace is listed: %s', async (_title, asked, message) => {
    respondWith(results());
    const found = await measured(provider(asked), condition, tools());
    if (message === undefined) expect(found.phase).toBe('Successful');
    else expect(found).toMatchObject({ phase: 'Error', message: expect.stringMatching(message) });
    expect(server.seen).toHaveLength(message === undefined ? 1 : 0);
    expect((await measured(provider(asked), condition, tools(['*']))).phase).toBe('Successful');
  });

  test('where one namespace is listed: a query that a variable makes, because the canary is called select', async () => {
    respondWith(results());
    const context = { ...CONTEXT, values: { ...CONTEXT.values, canary: 'select' } };
    const asked = provider({ id: 'e', expression: '{{ canary }} SUM(x) FROM "AWS/Billing"' });
    const local = localTools(server.host, tools());
    const found = await measure(metricOf(asked, condition), context, local, AbortSignal.timeout(20_000));
    expect(found).toMatchObject({ phase: 'Error', message: expect.stringMatching(/chooses metrics by itself/) });
    expect(server.seen).toEqual([]);
  });

  test.each<[title: string, status: number, document: unknown, message: RegExp]>([
    [
      'a refusal',
      403,
      { __type: 'AccessDenied', message: 'not authorized' },
      /needs cloudwatch:GetMetricData: not authorized/,
    ],
    ['a bad query', 400, { message: 'The value 7 is bad' }, /status 400 to GetMetricData: The value 7 is bad/],
    ['no JSON', 200, '<xml/>', /status 200 to GetMetricData$/],
    ['no results', 200, {}, /without results/],
    ['a failed result', 200, results({ StatusCode: 'InternalError' }), /could not read m \(InternalError\)/],
    ['a cut result', 200, { MetricDataResults: [], NextToken: 'x' }, /more than 10000 values/],
  ])('%s is an error', async (_title, status, document, message) => {
    respondWith(document, status);
    expect(await measured(provider(query), condition, tools())).toMatchObject({
      phase: 'Error',
      message: expect.stringMatching(message),
    });
  });
});

describe('alarms', () => {
  const tools = (alarms: readonly string[]): Partial<ProviderTools> => ({
    egress: { ...NO_EGRESS, alarms },
    aws: awsAt(server.url),
  });
  const named = (name: string): unknown => ({
    MetricAlarms: [],
    CompositeAlarms: [{ AlarmName: name, StateValue: 'OK' }],
  });

  test.each<[allowed: string, isAllowed: boolean]>([
    ['cart-5xx', true],
    ['cart-*', true],
    ['*', true],
    ['cart', false],
    ['cart-5xx-2', false],
    ['pay-*', false],
  ])('cart-5xx where %s is listed: %s', async (allowed, isAllowed) => {
    respondWith(named('cart-5xx'));
    const found = await measured({ alarm: { name: 'cart-5xx' } }, {}, tools([allowed]));
    expect(found).toMatchObject(
      isAllowed ? { phase: 'Successful', value: 'OK' } : { message: expect.stringMatching(/egress\.alarms/) },
    );
    if (isAllowed) expect(JSON.parse(server.seen[0]?.body ?? '')).toMatchObject({ AlarmNames: ['cart-5xx'] });
  });

  test('one that is not there is an error, and another than the one that was asked for is not it', async () => {
    respondWith({ MetricAlarms: [] });
    const listed = { ...tools(['*']), egress: { ...NO_EGRESS, alarms: ['*'], regions: ['eu-west-1'] } };
    const asked = async () => await measured({ alarm: { name: 'cart-5xx', region: 'eu-west-1' } }, {}, listed);
    expect(await asked()).toMatchObject({ message: 'there is no CloudWatch alarm cart-5xx in eu-west-1' });
    respondWith(named('other'));
    expect(await asked()).toMatchObject({ phase: 'Error' });
    expect(server.seen[0]?.headers.authorization).toMatch(/\/eu-west-1\/monitoring\//);
  });

  test('a condition of its own counts', async () => {
    respondWith({ MetricAlarms: [{ AlarmName: 'cart-5xx', StateValue: 'ALARM' }] });
    const found = await measured(
      { alarm: { name: 'cart-5xx' } },
      { successCondition: "result == 'ALARM'" },
      tools(['*']),
    );
    expect(found.phase).toBe('Successful');
  });
});

describe('the region of CloudWatch', () => {
  const metricDataQueries = [{ id: 'm', expression: '1', period: 60 }];
  const of = (kind: 'alarm' | 'cloudwatch', region: string | undefined): Metric['provider'] => {
    const where = region === undefined ? {} : { region };
    return kind === 'alarm'
      ? { alarm: { name: 'cart-5xx', ...where } }
      : { cloudwatch: { ...where, interval: '5m', metricDataQueries } };
  };

  test.each([
    ['alarm', undefined, [], true],
    ['alarm', 'eu-central-1', [], true],
    ['alarm', 'eu-west-1', ['eu-west-1'], true],
    ['alarm', 'eu-west-1', ['eu-west-2'], false],
    ['cloudwatch', undefined, [], true],
    ['cloudwatch', 'us-east-1', ['us-east-1'], true],
    ['cloudwatch', 'us-east-1', [], false],
  ] as const)('%s in %s where %s is listed: %s', async (kind, region, regions, isAsked) => {
    respondWith({ MetricAlarms: [{ AlarmName: 'cart-5xx', StateValue: 'OK' }], MetricDataResults: [] });
    const egress = { ...NO_EGRESS, alarms: ['*'], cloudwatch: ['*'], regions };
    const { message } = await measured(of(kind, region), {}, { egress, aws: awsAt(server.url) });
    expect(server.seen).toHaveLength(isAsked ? 1 : 0);
    if (isAsked) expect(server.seen[0]?.headers.authorization).toContain(`/${region ?? 'eu-central-1'}/monitoring/`);
    else expect(message).toBe(`region ${region} is not listed: add it to egress.regions of the cluster record`);
  });
});

describe('webhooks', () => {
  test("get Flagger's payload", async () => {
    respondWith({ ok: true });
    const metadata = { test: 'all', host: '{{ service }}.{{ namespace }}' };
    const found = await measured(
      { webhook: { url: `${server.url}/gate?x=1`, metadata, jsonPath: '{$.ok}' } },
      { successCondition: 'result' },
    );
    expect(found).toMatchObject({ phase: 'Successful', value: 'true' });
    expect(server.seen[0]).toMatchObject({ method: 'POST', url: '/gate?x=1' });
    expect(server.seen[0]?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual({
      name: 'cart',
      namespace: 'shop',
      phase: 'Progressing',
      checksum: 'r1',
      metadata: { test: 'all', host: 'cart.shop' },
    });
  });

  test.each<
    [title: string, document: unknown, jsonPath: string | undefined, condition: string, phase: string, value: string]
  >([
    ['the whole document', { rate: 1 }, undefined, 'result.rate == 1', 'Successful', 'an object'],
    ['a path', { a: [{ 'b c': 2 }] }, "{$.a[0]['b c']}", 'result == 2', 'Successful', '2'],
    ['a path to nothing', { a: 1 }, '{$.b.c}', 'result == 2', 'Inconclusive', 'null'],
    ['a path into a prototype', { a: 1 }, '{$.constructor.name}', 'result == "Object"', 'Inconclusive', 'null'],
    ['a text', { a: 'up' }, '{$.a}', 'result == "up"', 'Successful', 'a text'],
    ['an empty list', [], undefined, 'result[0] > 1', 'Inconclusive', '[]'],
    ['a type that does not fit', { a: 'up' }, '{$.a}', 'result > 1', 'Error', 'a text'],
  ])('%s', async (_title, document, jsonPath, successCondition, phase, value) => {
    respondWith(document);
    const webhook = { url: server.url, ...(jsonPath === undefined ? {} : { jsonPath }) };
    expect(await measured({ webhook }, { successCondition })).toMatchObject({ phase, value });
  });

  test.each([
    [500, {}, /responds with status 500/],
    [302, {}, /redirects/],
    [200, '', /what is no JSON/],
    [200, 'ok', /what is no JSON/],
  ])('status %d with %j is an error', async (status, document, message) => {
    respondWith(document, status);
    const found = await measured({ webhook: { url: server.url } }, { successCondition: 'result == 1' });
    expect(found).toMatchObject({ phase: 'Error', message: expect.stringMatching(message) });
  });
});

describe('metrics that are due', () => {
  const condition = { successCondition: 'result == 1' };
  const metrics = (): readonly Metric[] => [
    metricOf(prometheus(), { ...condition, name: 'a' }),
    metricOf(prometheus({ query: 'b' }), { ...condition, name: 'b', initialDelay: '5m' }),
    metricOf({ webhook: { url: 'https://not.listed/' } }, { ...condition, name: 'c' }),
  ];

  test('are those whose time has come, by what was measured before', () => {
    const at = 1_700_000_000_000;
    const namesAt = (record: MetricsRecord, now: number): string[] =>
      dueMetrics(metrics(), record, now).map(({ name }) => name);
    const record = openMetrics('r1', at);
    expect(namesAt(record, at)).toEqual(['a', 'c']);
    const good = { at, phase: 'Successful', hasData: true } as const;
    const folded = foldMeasurements(metrics().map(limitsOf), record, new Map([['a', good]]));
    expect(namesAt(folded, at)).toEqual(['c']);
    expect(namesAt(folded, at + 60_000)).toEqual(['a', 'c']);
    expect(namesAt(folded, at + 5 * 60_000)).toEqual(['a', 'b', 'c']);
  });

  test('their limits are those of the canary, in milliseconds', () => {
    const metric = metricOf(prometheus(), {
      interval: '1m30s',
      initialDelay: '10s',
      count: 3,
      failureLimit: 2,
      dryRun: true,
    });
    expect(limitsOf(metric)).toEqual({
      name: 'success-rate',
      intervalMs: 90_000,
      initialDelayMs: 10_000,
      count: 3,
      failureLimit: 2,
      inconclusiveLimit: 0,
      consecutiveErrorLimit: 4,
      dryRun: true,
    });
  });
});
