import type { AwsIdentity } from '../../canary/providers/provider.ts';
import type { SecretReader } from '../../canary/secrets/secret.ts';
import type { EgressPolicy } from '../../http/egress/egress-policy.ts';
import type { GuardedExchange } from '../../http/egress/guarded-exchange.ts';
import type { Notice } from '../notice.ts';

/** What notices are sent with. */
export interface SendTools {
  readonly send: GuardedExchange;
  /** What the cluster record allows. */
  readonly egress: EgressPolicy;
  /** The text never leaves the destination that asked for it. */
  readonly readSecret: SecretReader;
  /** Undefined where there are no credentials of AWS, as on a laptop. */
  readonly aws: AwsIdentity | undefined;
}

/** Sends a notice to one place, within the signal's time. Rejects with SendError, EgressError, NoAnswerError and MetricError. */
export type SendNotice<T> = (target: T, notice: Notice, tools: SendTools, signal: AbortSignal) => Promise<void>;

/**
 * A place did not take a notice. The message is a code of ours: it is logged, and nothing that a place or a secret holds may
 * stand in a log.
 */
export class SendError extends Error {
  override readonly name = 'SendError' as const;
  readonly code: 'Refused' | 'Unwell' | 'NoSecret' | 'SecretUnreadable' | 'SecretUnusable';
  /** Of HTTP, where there was a response. */
  readonly status: number | undefined;

  constructor(code: SendError['code'], status?: number) {
    super(code);
    this.code = code;
    this.status = status;
  }
}

/** Statuses by which a place asks to be left alone for a while, or is not well: the next notice would fare no better. */
const UNWELL = new Set([408, 425, 429]);

/** Throws SendError unless the response is a success. */
export function checkStatus(status: number): void {
  if (status >= 200 && status < 300) return;
  throw new SendError(status >= 500 || UNWELL.has(status) ? 'Unwell' : 'Refused', status);
}

/** The text of a secret of a Kubernetes cluster. Rejects with SendError where there is none. */
export async function secretOf(
  cluster: string,
  name: string,
  { readSecret }: SendTools,
  signal: AbortSignal,
): Promise<string> {
  const secret = await readSecret({ cluster, name }, signal).catch(() => {
    throw new SendError('SecretUnreadable');
  });
  if (secret === undefined) throw new SendError('NoSecret');
  return secret.trim();
}
