import { join } from 'node:path';
import { createAskHooks } from '../../../functions/advance/ask-hooks.ts';
import { createMeasureMetrics, type MetricTools } from '../../../functions/advance/measure-metrics.ts';
import type { AskHooks } from '../../../functions/canary/hooks/ask-hooks.ts';
import { createFileSecretReader } from '../../../functions/canary/secrets/file-secret-reader.ts';
import type { MeasureMetrics } from '../../../functions/canary/steps/measure-metrics.ts';
import { parseClusterRecord } from '../../../functions/cluster-record/cluster-record.ts';
import { createGuardedExchange } from '../../../functions/http/egress/guarded-exchange.ts';
import type { Log } from '../../../functions/log.ts';
import { NO_RECORD } from '../../../functions/template-store/cache/cached-records.ts';
import type { TemplateStore } from '../../../functions/template-store/store.ts';

/**
 * The measuring of releases' metrics, and the asking of their hooks, on this machine: by the same cluster record, which may open the machine itself here, with
 * secrets in files of the state folder, and with the AWS credentials that the AWS CLI would find where `AWS_REGION` is set.
 */
export function openLocalMetrics(
  stateDir: string,
  templates: Pick<TemplateStore, 'getClusterRecord'>,
  log: Log,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): { readonly measure: MeasureMetrics; readonly hooks: AskHooks } {
  const tools = {
    log,
    now: Date.now,
    send: createGuardedExchange({ loopback: true }),
    readSecret: createFileSecretReader(join(stateDir, 'secrets')),
    aws: awsOf(environment),
    recordFor: localRecords(templates),
  };
  return { measure: createMeasureMetrics(tools), hooks: createAskHooks(tools) };
}

/** The cluster record as the functions read it. */
export function localRecords(templates: Pick<TemplateStore, 'getClusterRecord'>): MetricTools['recordFor'] {
  return async (cluster, waitMs) => {
    const document = await templates.getClusterRecord(cluster, AbortSignal.timeout(waitMs)).catch(() => null);
    if (document === undefined) return NO_RECORD;
    const parsed = parseClusterRecord(document);
    return parsed.valid ? parsed.value : undefined;
  };
}

/** The AWS credentials that the AWS CLI would find; undefined where no region is set. */
export function awsOf(environment: Readonly<Record<string, string | undefined>>): MetricTools['aws'] {
  const region = environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'];
  if (region === undefined || region === '') return undefined;
  return {
    region,
    environment,
    credentials: async () => {
      // Loaded only here: most releases need no AWS.
      const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
      return await defaultProvider()();
    },
  };
}
