import { NO_EGRESS } from '../../../functions/cluster-record/egress.ts';
import { metricProviderContract, type ProviderHarness } from '../../contract/metric-provider.ts';
import { awsAt, localTools, startPlainServer } from '../../support/metric-servers.ts';

type What = 'good' | 'bad' | 'nothing';

/** A harness of a server that responds with one document for each state. */
async function responding(
  documents: Readonly<Record<What, unknown>>,
  harnessOf: (host: string) => Pick<ProviderHarness, 'provider' | 'tools' | 'successCondition'>,
): Promise<ProviderHarness> {
  const server = await startPlainServer();
  return {
    ...harnessOf(server.host),
    async has(what) {
      server.respondBy((response) => response.end(JSON.stringify(documents[what])));
    },
    goDown: server.close,
    close: server.close,
  };
}

const vector = (...values: readonly string[]): unknown => ({
  status: 'success',
  data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1_700_000_000, value] })) },
});

metricProviderContract('Prometheus, a fake', async () =>
  responding({ good: vector('0.999'), bad: vector('0.5'), nothing: vector() }, (host) => ({
    provider: { prometheus: { address: `http://${host}`, query: 'up' } },
    successCondition: 'result[0] >= 0.99',
    tools: localTools(host),
  })),
);

metricProviderContract('a workspace of Amazon Managed Prometheus, a fake', async () =>
  responding({ good: vector('0.999'), bad: vector('0.5'), nothing: vector('NaN') }, (host) => ({
    provider: { prometheus: { workspace: 'eu-central-1/ws-1', query: 'up' } },
    successCondition: 'result[0] >= 0.99',
    tools: localTools(host, {
      egress: { ...NO_EGRESS, workspaces: ['eu-central-1/ws-1'] },
      aws: awsAt(`http://${host}`),
    }),
  })),
);

const data = (...Values: readonly number[]): unknown => ({
  MetricDataResults: [{ Id: 'm', Label: 'm', StatusCode: 'Complete', Values, Timestamps: Values.map((_, i) => i) }],
});

metricProviderContract('CloudWatch, a fake', async () =>
  responding({ good: data(0), bad: data(7, 0), nothing: data() }, (host) => ({
    provider: {
      cloudwatch: {
        interval: '5m',
        metricDataQueries: [
          { id: 'm', metricStat: { metric: { namespace: 'Shop', metricName: 'Errors' }, period: 60, stat: 'Sum' } },
        ],
      },
    },
    successCondition: 'all(result[0].Values, {# < 1})',
    tools: localTools(host, { egress: { ...NO_EGRESS, cloudwatch: ['Shop'] }, aws: awsAt(`http://${host}`) }),
  })),
);

const alarm = (StateValue: string): unknown => ({ MetricAlarms: [{ AlarmName: 'cart-5xx', StateValue }] });

metricProviderContract('an alarm of CloudWatch, a fake', async () =>
  responding({ good: alarm('OK'), bad: alarm('ALARM'), nothing: alarm('INSUFFICIENT_DATA') }, (host) => ({
    provider: { alarm: { name: 'cart-5xx' } },
    tools: localTools(host, { egress: { ...NO_EGRESS, alarms: ['cart-*'] }, aws: awsAt(`http://${host}`) }),
  })),
);

metricProviderContract('a webhook', async () =>
  responding({ good: { data: { rate: 1 } }, bad: { data: { rate: 0.5 } }, nothing: { data: {} } }, (host) => ({
    provider: { webhook: { url: `http://${host}/check`, jsonPath: '{$.data.rate}' } },
    successCondition: 'result >= 0.99',
    tools: localTools(host),
  })),
);
