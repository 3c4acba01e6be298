import type { RecordEgress } from '../../cluster-record/egress.ts';
import type { GuardedExchange } from '../../http/egress/guarded-exchange.ts';
import type { CredentialSource } from '../../kube-api/aws-endpoints.ts';
import type { Value } from '../metrics/condition/values.ts';
import type { TemplateValues } from '../metrics/query-template.ts';
import type { SecretReader } from '../secrets/secret.ts';

/** What a provider returned. */
export interface Reading {
  /** What conditions call `result`. */
  readonly value: Value;
  /** Whether there is any data in it. */
  readonly hasData: boolean;
  /** The value as people are shown it: numbers and words of ours, and no text that a server chose. */
  readonly shown: string;
}

/** Which release is measured, for queries and payloads. */
export interface MetricContext {
  readonly cluster: string;
  readonly values: TemplateValues;
  /** `status.phase` of the canary. */
  readonly phase: string;
  /** Which release of the canary it is. */
  readonly release: string;
}

/** Who calls AWS. */
export interface AwsIdentity {
  /** The function's own region. */
  readonly region: string;
  readonly credentials: CredentialSource;
  /** AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_{service} (emulators, private endpoints) are read from it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What providers reach the world by. */
export interface ProviderTools {
  readonly send: GuardedExchange;
  /** What the cluster record allows. */
  readonly egress: RecordEgress;
  /** The text never leaves the provider that asked for it. */
  readonly readSecret: SecretReader;
  /** Undefined where there are no credentials of AWS, as on a laptop. */
  readonly aws: AwsIdentity | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Reads what a provider has, once, within the signal's time. Rejects with MetricError, EgressError and NoAnswerError. */
export type ReadMetric<P> = (
  provider: P,
  context: MetricContext,
  tools: ProviderTools,
  signal: AbortSignal,
) => Promise<Reading>;

/**
 * A provider gave no value: it refuses, it is not set up, or its response is none. The message is a sentence for readers of
 * the canary; it holds no secret and nothing of a body but Prometheus' own error.
 */
export class MetricError extends Error {
  override readonly name = 'MetricError' as const;
}
