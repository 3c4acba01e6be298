import { MetricError } from '../../canary/providers/provider.ts';
import type { NotificationTarget } from '../../cluster-record/notifications.ts';
import { EgressError } from '../../http/egress/egress-policy.ts';
import { NoAnswerError } from '../../http/http-client.ts';
import type { Notice } from '../notice.ts';
import { SendError, type SendTools } from './destination.ts';
import { sendEventBridge } from './event-bridge.ts';
import { sendSlack } from './slack.ts';
import { sendSns } from './sns.ts';
import { sendWebhook } from './webhook.ts';

/** What became of one try. */
export type Sent =
  | { readonly outcome: 'sent' }
  | {
      readonly outcome: 'failed';
      /** A code of ours, or the class of the error. */
      readonly error: string;
      readonly status?: number;
      /** Whether the next notice for the same place would fail alike. */
      readonly isUnwell: boolean;
    };

/** Sends a notice to one place. Never rejects; nothing of the place, its response or a secret is in what it resolves with. */
export async function sendNotice(
  target: NotificationTarget,
  notice: Notice,
  tools: SendTools,
  signal: AbortSignal,
): Promise<Sent> {
  try {
    await sendTo(target, notice, tools, signal);
    return { outcome: 'sent' };
  } catch (error) {
    if (error instanceof SendError) {
      const { code, status } = error;
      return failed(code, code !== 'Refused', status);
    }
    if (error instanceof EgressError) return failed('NotAllowed', true);
    if (error instanceof NoAnswerError) return failed('NoAnswer', true);
    if (error instanceof MetricError) return failed('NoCredentials', true);
    return failed('Fault', false);
  }
}

function failed(error: string, isUnwell: boolean, status?: number): Sent {
  return { outcome: 'failed', error, isUnwell, ...(status === undefined ? {} : { status }) };
}

async function sendTo(
  target: NotificationTarget,
  notice: Notice,
  tools: SendTools,
  signal: AbortSignal,
): Promise<void> {
  switch (target.kind) {
    case 'slack':
      return await sendSlack(target, notice, tools, signal);
    case 'webhook':
      return await sendWebhook(target, notice, tools, signal);
    case 'sns':
      return await sendSns(target, notice, tools, signal);
    case 'eventBridge':
      return await sendEventBridge(target, notice, tools, signal);
  }
}
