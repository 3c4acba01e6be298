import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hook } from '../canary/document/strategy/hooks.ts';
import type { AskedRelease, AskHooks, HookResponse } from '../canary/hooks/ask-hooks.ts';
import { MetricError, type ProviderTools } from '../canary/providers/provider.ts';
import { requestHeaders, statusFault } from '../canary/providers/request-headers.ts';
import { putNewest } from '../http/bounded-map.ts';
import { EgressError } from '../http/egress/egress-policy.ts';
import { HOOK_RETRY_MS, METRIC_LOOK_MS } from '../limits.ts';
import { durationMs } from '../template/parameter/types.ts';
import { egressOf, type MetricTools } from './measure-metrics.ts';

/** What hooks are asked with. */
export type HookTools = Omit<MetricTools, 'log'>;

/** A delivery that has begun; `found` once it is over. */
interface Flight {
  readonly over: Promise<void>;
  found?: HookResponse;
}

/** Deliveries that are kept until their release is looked at again: eight hooks of each of some 100 releases. */
const FLIGHTS_MAX = 1_000;
/** One that took so much longer than its timeout was frozen with its function: its response is of another time. */
const FROZEN_MS = 2_000;
/** Flagger takes these statuses for a success, and no other. */
const SUCCESS = new Set([200, 201, 202]);

/** Makes the asking of hooks: whom they may be, the cluster record says each time. */
export function createAskHooks({ recordFor, ...tools }: HookTools): AskHooks {
  const flights = new Map<string, Flight>();

  return async (release, hooks) => {
    if (hooks.length === 0) return [];
    const begun = hooks.map((hook) => flights.get(idOf(release, hook)) ?? begin(release, hook));
    await Promise.race([Promise.all(begun.map(({ over }) => over)), sleep(METRIC_LOOK_MS)]);
    return hooks.map((hook, i) => {
      const found = begun[i]?.found;
      if (found === undefined) return { ...failed(hook, 'it has not responded yet'), isPending: true };
      flights.delete(idOf(release, hook));
      return found;
    });
  };

  function begin(release: AskedRelease, hook: Hook): Flight {
    const id = idOf(release, hook);
    const begunAt = tools.now();
    const over = deliver(release, hook).then((response) => {
      const isFrozen = Math.abs(tools.now() - begunAt) > durationMs(hook.timeout) + FROZEN_MS;
      if (isFrozen) flights.delete(id);
      else flight.found = response;
    });
    const flight: Flight = { over };
    putNewest(flights, id, flight, FLIGHTS_MAX);
    return flight;
  }

  /** Tries it as often as it asks for, with one id. Never rejects. */
  async function deliver(release: AskedRelease, hook: Hook): Promise<HookResponse> {
    const signal = AbortSignal.timeout(durationMs(hook.timeout));
    const egress = await egressOf(recordFor, release.cluster).catch(() => undefined);
    if (egress === undefined) return failed(hook, 'the cluster record cannot be read');
    const id = randomUUID();
    for (let tries = 0; ; tries++) {
      const { response, isTransient } = await ask(release, hook, id, { ...tools, egress }, signal);
      if (!isTransient || tries >= hook.retries || signal.aborted) return response;
      await sleep(HOOK_RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** A response is of the weight that the release had when it was asked: none lets two shares come. */
function idOf({ cluster, canary: { metadata, status }, release }: AskedRelease, { name }: Hook): string {
  const { taken = [] } = status.release ?? {};
  return JSON.stringify([cluster, metadata.namespace, metadata.name, release, taken.length, name]);
}

/** One try. Never rejects. */
async function ask(
  asked: AskedRelease,
  hook: Hook,
  id: string,
  tools: ProviderTools,
  signal: AbortSignal,
): Promise<{ readonly response: HookResponse; readonly isTransient: boolean }> {
  try {
    const status = await post(asked, hook, id, tools, signal);
    if (SUCCESS.has(status)) return { response: { isSuccess: true }, isTransient: false };
    const fault = statusFault(status, new URL(hook.url).host, hook.secretRef);
    const response = failed(hook, fault?.message ?? `it responds with status ${status}`);
    return { response, isTransient: status === 429 || status >= 500 };
  } catch (error) {
    const isSaid = error instanceof MetricError || error instanceof EgressError;
    return { response: failed(hook, isSaid ? error.message : 'it does not respond'), isTransient: true };
  }
}

/** Posts Flagger's payload (pkg/apis/flagger/v1beta1, CanaryWebhookPayload), with the id of its delivery. */
async function post(
  { cluster, canary: { metadata, status }, release }: AskedRelease,
  { url, metadata: own = {}, secretRef }: Hook,
  id: string,
  tools: ProviderTools,
  signal: AbortSignal,
): Promise<number> {
  const { namespace, name } = metadata;
  const wanted = secretRef === undefined ? {} : { secretRef };
  const { headers } = await requestHeaders(wanted, { cluster, values: { namespace } }, tools, signal);
  const payload = { name, namespace, phase: status.phase, checksum: release, metadata: { ...own, deliveryId: id } };
  const request = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', 'outrigger-delivery': id },
    body: JSON.stringify(payload),
    signal,
  };
  return (await tools.send(new URL(url), request, tools.egress)).status;
}

function failed({ name }: Hook, why: string) {
  return { isSuccess: false, sentence: `hook ${name}: ${why}` } as const;
}
