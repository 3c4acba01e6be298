import type { SSMClient } from '@aws-sdk/client-ssm';
import { createCachedSecretReader } from '../canary/secrets/cached-secret-reader.ts';
import { createSsmSecretReader } from '../canary/secrets/ssm-secret-reader.ts';
import { createGuardedExchange } from '../http/egress/guarded-exchange.ts';
import type { NotifyTools } from '../notifications/notify-cluster.ts';
import type { TemplateCache } from '../template-store/cache/template-cache.ts';
import { notificationSettings } from './notify.ts';

/** What the function has of its own to notify with. */
export interface FunctionNotifyTools
  extends Pick<NotifyTools, 'changes' | 'notices' | 'aws' | 'log' | 'now' | 'newUid'> {
  readonly ssm: SSMClient;
  readonly fleet: string;
  readonly recordFor: TemplateCache['recordFor'];
}

/** Notifying in Lambda: never this machine, on which the runtime listens; secrets of Parameter Store. */
export function openNotifyIn({ ssm, fleet, recordFor, ...tools }: FunctionNotifyTools): NotifyTools {
  return {
    ...tools,
    settingsFor: notificationSettings(recordFor),
    readSecret: createCachedSecretReader(createSsmSecretReader(ssm, fleet), tools.now),
    send: createGuardedExchange({ loopback: false }),
  };
}
