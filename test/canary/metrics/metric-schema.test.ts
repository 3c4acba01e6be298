import { describe, expect, test } from 'vitest';
import { parseCanary } from '../../../functions/canary/document/parse-canary.ts';
import { parseJsonPath, valueAt } from '../../../functions/canary/metrics/json-path.ts';
import { fillTemplate, templateFault } from '../../../functions/canary/metrics/query-template.ts';
import { manifestOf } from '../../support/canaries.ts';

const prometheus = { address: 'https://prometheus.example.com', query: 'up' };
const good = { name: 'rate', provider: { prometheus }, successCondition: 'result[0] > 0' };
const PREFIX = 'spec.strategy.analysis.';

function parsed(analysis: object) {
  return parseCanary(manifestOf({ strategy: { analysis } }));
}

/** The faults of metrics as `path: message`, the path without what all have. */
function faultsOf(...metrics: readonly unknown[]): string[] {
  const found = parsed({ metrics });
  return found.valid ? [] : found.faults.map(({ path, message }) => `${path.replace(PREFIX, '')}: ${message}`);
}

/** The metrics as they are kept. */
function metricsOf(analysis: object): unknown {
  const found = parsed(analysis);
  return found.valid ? found.value.spec.strategy?.analysis.metrics : found.faults;
}

describe('metrics of a canary', () => {
  test('get their defaults', () => {
    const defaults = { interval: '1m', initialDelay: '0s', failureLimit: 0, inconclusiveLimit: 0 };
    const kept = { ...good, ...defaults, consecutiveErrorLimit: 4, dryRun: false };
    expect(metricsOf({ metrics: [good] })).toEqual([kept]);
    expect(metricsOf({})).toEqual([]);
  });

  test('keep everything that they may have', () => {
    const metricStat = {
      metric: {
        namespace: 'AWS/ApplicationELB',
        metricName: 'HTTPCode_Target_5XX_Count',
        dimensions: [{ name: 'A', value: '{{ service }}' }],
      },
      period: 60,
      stat: 'p99.9',
      unit: 'Count',
    };
    const common = {
      ...{
        interval: '30s',
        initialDelay: '2m',
        count: 5,
        failureLimit: 1,
        inconclusiveLimit: 2,
        consecutiveErrorLimit: 3,
        dryRun: true,
      },
    };
    const metrics = [
      {
        ...{
          name: 'a',
          provider: { prometheus: { workspace: 'eu-central-1/ws-1', query: 'x{n="{{namespace}}"}' } },
          ...common,
        },
        failureCondition: 'result[0] > 1',
      },
      {
        ...{ name: 'b', ...common, successCondition: 'result[0].Values[0] < 1' },
        provider: {
          cloudwatch: {
            region: 'eu-west-1',
            interval: '10m',
            metricDataQueries: [
              { id: 'm', metricStat, label: 'x' },
              { id: 'e', expression: 'm/2', period: 60, returnData: false },
            ],
          },
        },
      },
      { name: 'c', provider: { alarm: { name: 'cart-5xx (all)', region: 'eu-west-1' } }, ...common },
      {
        ...{ name: 'd', ...common, successCondition: 'result.ok' },
        provider: {
          webhook: {
            url: 'http://gate.internal:8080/x?y=1',
            jsonPath: '{$.data}',
            metadata: { a: '{{ weight }}' },
            headers: { 'x-tenant': 'shop' },
            secretRef: 'gate',
          },
        },
      },
    ];
    expect(metricsOf({ metrics })).toEqual(metrics);
  });

  test.each<[title: string, metric: unknown, fault: RegExp]>([
    ['no name', { ...good, name: undefined }, /^metrics\[0\]\.name: is missing/],
    ['a name that is no label', { ...good, name: 'Rate' }, /^metrics\[0\]\.name: must be lower-case/],
    [
      'no provider',
      { ...good, provider: {} },
      /^metrics\[0\]\.provider: must have one of prometheus, cloudwatch, alarm, webhook$/,
    ],
    ['an unknown provider', { ...good, provider: { datadog: {} } }, /provider\.datadog: unknown field/],
    [
      'two providers',
      { ...good, provider: { prometheus, alarm: { name: 'x' } } },
      /must have one of .*, and no second one/,
    ],
    [
      'no condition',
      { ...good, successCondition: undefined },
      /^metrics\[0\]: must have successCondition or failureCondition/,
    ],
    [
      'a condition that is none',
      { ...good, successCondition: 'result[0] >' },
      /successCondition: at character 12: ends where a value is missing/,
    ],
    [
      'another one that is none',
      { ...good, failureCondition: 'x > 1' },
      /failureCondition: at character 1: "x" is not known/,
    ],
    [
      'a condition that is too long',
      { ...good, successCondition: '1'.repeat(1_025) },
      /successCondition: must have at most 1024/,
    ],
    ['a short interval', { ...good, interval: '5s' }, /interval: must be a time from 10s to 24h/],
    ['a negative limit', { ...good, failureLimit: -1 }, /failureLimit: must be a whole number from 0 to 1000/],
    ['a count of none', { ...good, count: 0 }, /count: must be a whole number from 1/],
    ['a field that Argo has', { ...good, consecutiveSuccessLimit: 1 }, /consecutiveSuccessLimit: unknown field/],
    [
      'user and password',
      { ...good, provider: { prometheus: { ...prometheus, address: 'https://u:p@x.example.com' } } },
      /address: must hold no user and password/,
    ],
    [
      'an address with a query',
      { ...good, provider: { prometheus: { ...prometheus, address: 'https://x.example.com?a=1' } } },
      /address: must be without a query/,
    ],
    [
      'an address with an empty query, which would take the path for itself',
      { ...good, provider: { prometheus: { ...prometheus, address: 'https://x.example.com/-/quit?' } } },
      /address: must be without a query/,
    ],
    [
      'an address that is none',
      { ...good, provider: { prometheus: { ...prometheus, address: 'x.example.com' } } },
      /address: must be an https URL/,
    ],
    ['no source', { ...good, provider: { prometheus: { query: 'up' } } }, /prometheus: must have address or workspace/],
    [
      'two sources',
      { ...good, provider: { prometheus: { ...prometheus, workspace: 'eu-central-1/ws-1' } } },
      /must have address or workspace/,
    ],
    [
      'a workspace without its region',
      { ...good, provider: { prometheus: { workspace: 'ws-1', query: 'up' } } },
      /workspace: must be a region and a workspace/,
    ],
    [
      'a workspace with a secret',
      { ...good, provider: { prometheus: { workspace: 'eu-central-1/ws-1', query: 'up', secretRef: 'x' } } },
      /secretRef: is none of a workspace/,
    ],
    [
      'an empty query',
      { ...good, provider: { prometheus: { ...prometheus, query: ' ' } } },
      /query: must have 1 to 4096 characters/,
    ],
    [
      "Argo's variable",
      { ...good, provider: { prometheus: { ...prometheus, query: 'x{a="{{args.service}}"}' } } },
      /query: has \{\{ that opens none of the variables \{\{ namespace \}\}/,
    ],
    [
      'a secret in a header',
      { ...good, provider: { prometheus: { ...prometheus, headers: { Authorization: 'x' } } } },
      /headers\["Authorization"\]: is not a header that can be set; credentials are set with secretRef/,
    ],
    [
      'a header with a line break',
      { ...good, provider: { prometheus: { ...prometheus, headers: { a: 'x\r\ny: z' } } } },
      /headers\["a"\]: must be 1 to 256 visible/,
    ],
    [
      'a path for a secret',
      { ...good, provider: { prometheus: { ...prometheus, secretRef: '../x' } } },
      /secretRef: must be the name of a secret/,
    ],
    [
      'no query of CloudWatch',
      { ...good, provider: { cloudwatch: { metricDataQueries: [] } } },
      /metricDataQueries: must be a list of 1 to 10/,
    ],
    [
      'a query that asks nothing',
      { ...good, provider: { cloudwatch: { metricDataQueries: [{ id: 'm' }] } } },
      /metricDataQueries\[0\]: must have expression or metricStat/,
    ],
    [
      'a region that is none',
      { ...good, provider: { alarm: { name: 'x', region: 'evil.net/' } } },
      /region: must be an AWS region/,
    ],
    [
      'a path with a wild card',
      { ...good, provider: { webhook: { url: 'https://x.example.com', jsonPath: '{$.a[*]}' } } },
      /jsonPath: must be a path/,
    ],
  ])('that cannot be: %s', (_title, metric, fault) => {
    expect(faultsOf(metric)).toEqual([expect.stringMatching(fault)]);
  });

  test('that are too many, or two of one name', () => {
    expect(faultsOf(...Array.from({ length: 11 }, (_, i) => ({ ...good, name: `m${i}` })))).toEqual([
      'metrics: must be a list of at most 10 metrics',
    ]);
    expect(faultsOf(good, good)).toEqual(['metrics[1].name: there is another rate']);
  });
});

describe('variables of queries', () => {
  const values = { namespace: 'shop', service: 'cart', canary: 'cart-1', interval: '60s', weight: '12.5' };

  test('are filled in, with and without blanks; PromQL stays as it is', () => {
    const query = 'sum(rate(x{n="{{ namespace }}",s="{{service}}"}[{{ interval }}])) by (y) > {{ weight }}';
    expect(templateFault(query)).toBeUndefined();
    expect(fillTemplate(query, values)).toBe('sum(rate(x{n="shop",s="cart"}[60s])) by (y) > 12.5');
  });

  test.each([
    '"} or up{',
    'a b',
    'a"',
    'a\n',
    '{{ service }}',
    '',
    'A',
  ])('no value that could change the query: %j', (service) => {
    expect(() => fillTemplate('x{s="{{ service }}"}', { ...values, service })).toThrow(TypeError);
  });

  test.each([
    '{{',
    '{{ args.service }}',
    '{{ constructor }}',
    '{{  namespace  }}',
    'a {{ namespace',
  ])('unknown: %s', (text) => {
    expect(templateFault(text)).toMatch(/opens none of the variables/);
  });
});

describe('paths', () => {
  const document = { a: { b: [{ 'c d': 1, null: null }] }, 'x-y': 2 };
  test.each<[path: string, value: unknown]>([
    ['{$}', document],
    ['$', document],
    ["{$.a.b[0]['c d']}", 1],
    ['{.a.b[0]["c d"]}', 1],
    ['$.x-y', 2],
    ["['x-y']", 2],
    ['{$.a.b[1]}', null],
    ['{$.a.b.c}', null],
    ['{$.a[0]}', null],
    ['{$.a.b[0].null}', null],
    ['{$.toString}', null],
    ['{$.a.b.length}', null],
  ])('%s', (path, value) => {
    const parsed = parseJsonPath(path);
    expect(parsed).toBeDefined();
    expect(valueAt(document, parsed ?? [])).toEqual(value);
  });

  test.each([
    '',
    '{}',
    'a',
    '{$.a',
    '$.a[*]',
    '$..a',
    '$.a[0:1]',
    '$.a[?(@.b)]',
    '$.a[-1]',
    '$.',
    '$[',
    `$${'.a'.repeat(17)}`,
    `$.${'a'.repeat(300)}`,
  ])('none: %s', (path) => {
    expect(parseJsonPath(path)).toBeUndefined();
  });
});
