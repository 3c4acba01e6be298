import { randomUUID } from 'node:crypto';
import type { Hook } from '../canary/document/strategy/hooks.ts';
import type { AskedRelease, AskHooks, HookResponse } from '../canary/hooks/ask-hooks.ts';
import { MetricError, type ProviderTools } from '../canary/providers/provider.ts';
import { requestHeaders, statusFault } from '../canary/providers/request-headers.ts';
import { EgressError } from '../http/egress/egress-policy.ts';
import { HOOK_MS } from '../limits.ts';
import { egressOf, type MetricTools } from './measure-metrics.ts';

/** What hooks are asked with. */
export type HookTools = Omit<MetricTools, 'log'>;

/** Flagger takes these statuses for a success, and no other. */
const SUCCESS = new Set([200, 201, 202]);

/** Makes the asking of hooks: whom they may be, the cluster record says each time. */
export function createAskHooks({ recordFor, ...tools }: HookTools): AskHooks {
  return async (release, hooks) => {
    if (hooks.length === 0) return [];
    const signal = AbortSignal.timeout(HOOK_MS);
    const egress = await egressOf(recordFor, release.cluster, HOOK_MS).catch(() => undefined);
    if (egress === undefined) return hooks.map((hook) => failed(hook, 'the cluster record cannot be read'));
    return await Promise.all(hooks.map((hook) => ask(release, hook, { ...tools, egress }, signal)));
  };
}

/** Never rejects. */
async function ask(asked: AskedRelease, hook: Hook, tools: ProviderTools, signal: AbortSignal): Promise<HookResponse> {
  try {
    const status = await post(asked, hook, tools, signal);
    if (SUCCESS.has(status)) return { isSuccess: true };
    const fault = statusFault(status, new URL(hook.url).host, hook.secretRef);
    return failed(hook, fault?.message ?? `it responds with status ${status}`);
  } catch (error) {
    const isSaid = error instanceof MetricError || error instanceof EgressError;
    return failed(hook, isSaid ? error.message : 'it does not respond');
  }
}

/** Posts Flagger's payload (pkg/apis/flagger/v1beta1, CanaryWebhookPayload), with an id that no other delivery has. */
async function post(
  { cluster, canary: { metadata, status }, release }: AskedRelease,
  { url, metadata: own = {}, secretRef }: Hook,
  tools: ProviderTools,
  signal: AbortSignal,
): Promise<number> {
  const { namespace, name } = metadata;
  const id = randomUUID();
  const wanted = secretRef === undefined ? {} : { secretRef };
  const { headers } = await requestHeaders(wanted, { cluster, values: { namespace } }, tools, signal);
  const payload = { name, namespace, phase: status.phase, checksum: release, metadata: { ...own, deliveryId: id } };
  const ask = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', 'outrigger-delivery': id },
    body: JSON.stringify(payload),
    signal,
  };
  return (await tools.send(new URL(url), ask, tools.egress)).status;
}

function failed({ name }: Hook, why: string): HookResponse {
  return { isSuccess: false, sentence: `hook ${name}: ${why}` };
}
