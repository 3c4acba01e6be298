import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { KubeObject } from '../../kube-api/cluster-api.ts';

/** The URL that a webhook configuration sends Pods to first; it holds a token and is never shown. */
export function registeredUrl(configuration: KubeObject | undefined): unknown {
  return urlsOf(configuration)[0];
}

/** The URLs of all webhooks of a configuration; those by Service have none. */
export function urlsOf(configuration: KubeObject | undefined): readonly unknown[] {
  const webhooks = configuration?.['webhooks'];
  if (!Array.isArray(webhooks)) return [];
  return webhooks.flatMap((webhook: unknown) => {
    const client = isRecord(webhook) ? own(webhook, 'clientConfig') : undefined;
    const url = isRecord(client) ? own(client, 'url') : undefined;
    return url === undefined ? [] : [url];
  });
}
