import type { SSMClient } from '@aws-sdk/client-ssm';
import type { AskHooks } from '../canary/hooks/ask-hooks.ts';
import type { ProviderTools } from '../canary/providers/provider.ts';
import { createCachedSecretReader } from '../canary/secrets/cached-secret-reader.ts';
import { createSsmSecretReader } from '../canary/secrets/ssm-secret-reader.ts';
import type { MeasureMetrics } from '../canary/steps/measure-metrics.ts';
import { createGuardedExchange } from '../http/egress/guarded-exchange.ts';
import { createAskHooks } from './ask-hooks.ts';
import { createMeasureMetrics, type MetricTools } from './measure-metrics.ts';

/** What the function has of its own to measure metrics with. */
export interface FunctionTools extends Pick<MetricTools, 'recordFor' | 'log' | 'now'> {
  readonly ssm: SSMClient;
  readonly fleet: string;
  readonly aws: ProviderTools['aws'];
}

/** The measuring of metrics, and the asking of hooks, in Lambda: never this machine, on which the runtime listens; secrets of Parameter Store. */
export function openMetricsIn({ ssm, fleet, ...tools }: FunctionTools): {
  readonly measure: MeasureMetrics;
  readonly hooks: AskHooks;
} {
  const readSecret = createCachedSecretReader(createSsmSecretReader(ssm, fleet), tools.now);
  const all = { ...tools, readSecret, send: createGuardedExchange({ loopback: false }) };
  return { measure: createMeasureMetrics(all), hooks: createAskHooks(all) };
}
