import type { SSMClient } from '@aws-sdk/client-ssm';
import type { ProviderTools } from '../canary/providers/provider.ts';
import { createCachedSecretReader } from '../canary/secrets/cached-secret-reader.ts';
import { createSsmSecretReader } from '../canary/secrets/ssm-secret-reader.ts';
import type { MeasureMetrics } from '../canary/steps/measure-metrics.ts';
import { createGuardedExchange } from '../http/egress/guarded-exchange.ts';
import { createMeasureMetrics, type MetricTools } from './measure-metrics.ts';

/** What the function has of its own to measure metrics with. */
export interface FunctionTools extends Pick<MetricTools, 'recordFor' | 'log' | 'now'> {
  readonly ssm: SSMClient;
  readonly fleet: string;
  readonly aws: ProviderTools['aws'];
}

/** The measuring of metrics in Lambda: never this machine, on which the runtime listens; secrets of Parameter Store. */
export function openMetricsIn({ ssm, fleet, ...tools }: FunctionTools): MeasureMetrics {
  const readSecret = createCachedSecretReader(createSsmSecretReader(ssm, fleet), tools.now);
  return createMeasureMetrics({ ...tools, readSecret, send: createGuardedExchange({ loopback: false }) });
}
