import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { expect } from 'vitest';
import { createSsmSecretReader } from '../../functions/canary/secrets/ssm-secret-reader.ts';
import { NO_EGRESS } from '../../functions/cluster-record/egress.ts';
import { metricProviderContract, type ProviderHarness } from '../contract/metric-provider.ts';
import { secretReaderContract } from '../contract/secret-reader.ts';
import { ssmClientFor } from '../contract/ssm-harness.ts';
import { awsAt, localTools, startPlainServer } from '../support/metric-servers.ts';
import { signed } from './support/aws-account.ts';
import { startMoto } from './support/moto.ts';
import { startPrometheus } from './support/prometheus.ts';
import { whyNotMoto, whyNotPrometheus } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

/** What an application exposes in each state: a ratio of two counters that move, or nothing. */
async function prometheusHarness(): Promise<ProviderHarness> {
  let [ratio, isThere] = [1, true];
  const app = await startPlainServer();
  app.respondBy((response) => {
    const lines = [`app_good_ratio{namespace="shop",weight="20"} ${ratio}`, 'app_good_ratio{namespace="other"} 0.1'];
    response.end(isThere ? `${lines.join('\n')}\n` : '');
  });
  const prometheus = await startPrometheus(app.host);
  const query = 'app_good_ratio{namespace="shop",weight="20"}';
  return {
    provider: {
      prometheus: {
        address: `http://${prometheus.host}`,
        query: 'avg(app_good_ratio{namespace="{{ namespace }}",weight="{{ weight }}"})',
      },
    },
    successCondition: 'result[0] >= 0.99 && len(result) == 1',
    tools: localTools(prometheus.host),
    async has(what) {
      ratio = what === 'good' ? 1 : 0.5;
      isThere = what !== 'nothing';
      const wanted = isThere ? [String(ratio)] : [];
      // Scraped every second; a series that is gone is stale at the next scrape.
      await expect.poll(() => prometheus.values(query), { timeout: 30_000, interval: 100 }).toEqual(wanted);
    },
    goDown: prometheus.stop,
    async close() {
      await prometheus.stop();
      await app.close();
    },
  };
}

type Call = (action: string, input: object) => Promise<void>;

/** Calls CloudWatch of moto as a test does. */
function cloudWatchOf(url: string): Call {
  return async (action, input) => {
    const headers = {
      ...signed('monitoring'),
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `GraniteServiceVersion20100801.${action}`,
    };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(input) });
    if (!response.ok) throw new Error(`${action}: ${response.status} ${await response.text()}`);
  };
}

async function cloudWatchHarness(): Promise<ProviderHarness> {
  const moto = await startMoto();
  const call = cloudWatchOf(moto.url);
  const put = async (MetricName: string, Value: number): Promise<void> => {
    const datum = {
      MetricName,
      Value,
      Timestamp: Math.floor(Date.now() / 1_000),
      Dimensions: [{ Name: 'Service', Value: 'cart' }],
    };
    await call('PutMetricData', { Namespace: 'Shop', MetricData: [datum] });
  };
  await put('Good', 1);
  await put('Bad', 7);
  const names = { good: 'Good', bad: 'Bad', nothing: 'Nothing' };
  const metricStat = {
    metric: { namespace: 'Shop', metricName: 'Good', dimensions: [{ name: 'Service', value: '{{ service }}' }] },
    period: 60,
    stat: 'Sum',
  };
  const query = { id: 'm', metricStat };
  return {
    provider: { cloudwatch: { interval: '1h', metricDataQueries: [query] } },
    successCondition: 'all(result[0].Values, {# <= 1})',
    tools: localTools('', { egress: { ...NO_EGRESS, cloudwatch: ['Shop'] }, aws: awsAt(moto.url) }),
    async has(what) {
      query.metricStat = { ...metricStat, metric: { ...metricStat.metric, metricName: names[what] } };
    },
    goDown: moto.stop,
    close: moto.stop,
  };
}

async function alarmHarness(): Promise<ProviderHarness> {
  const moto = await startMoto();
  const call = cloudWatchOf(moto.url);
  const AlarmName = 'cart-5xx';
  await call('PutMetricAlarm', {
    ...{ AlarmName, Namespace: 'Shop', MetricName: 'Errors', Statistic: 'Sum', Period: 60, EvaluationPeriods: 1 },
    ...{ Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' },
  });
  const states = { good: 'OK', bad: 'ALARM', nothing: 'INSUFFICIENT_DATA' };
  return {
    provider: { alarm: { name: AlarmName } },
    tools: localTools('', { egress: { ...NO_EGRESS, alarms: ['cart-*'] }, aws: awsAt(moto.url) }),
    async has(what) {
      await call('SetAlarmState', { AlarmName, StateValue: states[what], StateReason: 'as a test sets it' });
    },
    goDown: moto.stop,
    close: moto.stop,
  };
}

await describeReal("Prometheus, Debian's package, that scrapes an application", whyNotPrometheus, () => {
  metricProviderContract('Prometheus', prometheusHarness);
});

await describeReal('CloudWatch and Parameter Store, moto', whyNotMoto, () => {
  metricProviderContract('CloudWatch', cloudWatchHarness);
  metricProviderContract('an alarm of CloudWatch', alarmHarness);
  secretReaderContract('Parameter Store, moto', async () => {
    const moto = await startMoto();
    const client = ssmClientFor(moto.url);
    return {
      read: createSsmSecretReader(client, 'contract'),
      async put({ cluster, namespace, name }, Value) {
        const place = namespace === undefined ? [cluster, name] : [cluster, namespace, name];
        const Name = `/outrigger/contract/secrets/${place.join('/')}`;
        await client.send(new PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite: true }));
      },
      close: moto.stop,
    };
  });
});
