import { CANARY_API_VERSION, type Canary } from '../../canary/canary.ts';
import type { Confirmation } from '../../canary/confirmation.ts';
import { isGone } from '../../canary/settled.ts';
import { CanaryStoreError } from '../../errors.ts';
import { confirmationNotKept } from '../../events.ts';
import type { HttpResult } from '../../http/result.ts';
import { DNS_LABEL } from '../../json/check.ts';
import { readSettled } from '../../releases/settle/read-settled.ts';
import type { CanaryCall } from '../call.ts';
import { readCount } from '../request/query.ts';
import { ApiError } from '../response/api-error.ts';
import { canaryTable } from '../response/canary-table.ts';
import { answer, etagOf, notModified } from '../response/response.ts';
import { shownCanary } from '../response/shown-canary.ts';
import { wantsTable } from '../response/table.ts';
import { warned } from '../response/warning.ts';
import { isUnchanged, required } from './preconditions.ts';
import { weightsDocument } from './weight-requests.ts';

const HISTORY_DEFAULT = 50;
const HISTORY_MAX = 500;

/** `GET …/canaries/{name}` and `…/weights`. */
export async function getCanary(call: CanaryCall, shown: 'canary' | 'weights'): Promise<HttpResult> {
  const { request, key, moment } = call;
  const canary = required(await readSettled(call), key.name);
  const { resourceVersion } = canary.metadata;
  if (shown === 'canary' && wantsTable(request)) {
    return answer(200, canaryTable(request, [canary], { resourceVersion }, moment.now));
  }
  const etag = etagOf(resourceVersion);
  if (isUnchanged(request, etag)) return notModified(etag);
  return answer(200, shown === 'canary' ? shownCanary(canary) : weightsDocument(canary), resourceVersion);
}

/** `GET …/history`: who did what, newest first. */
export async function getHistory(call: CanaryCall): Promise<HttpResult> {
  const { tools, request, key, signal } = call;
  const limit = readCount(request, 'limit', HISTORY_MAX) ?? HISTORY_DEFAULT;
  const items = await tools.store.listAudit(key, limit, signal);
  // A canary that is gone has a history still.
  if (items.length === 0) required(await readSettled(call), key.name);
  const { namespace, name } = key;
  return answer(200, { apiVersion: CANARY_API_VERSION, kind: 'CanaryHistory', metadata: { name, namespace }, items });
}

/** `GET …/preview?proxyNamespace=`: what proxies of a namespace are answered now; the canary's own by default. */
export async function getPreview(call: CanaryCall): Promise<HttpResult> {
  const { tools, request, key, moment, signal } = call;
  const proxyNamespace = request.query('proxyNamespace') ?? key.namespace;
  if (!DNS_LABEL.test(proxyNamespace))
    throw new ApiError('BadRequest', 'proxyNamespace must be the name of a namespace');
  required(await readSettled(call), key.name);
  const { preview } = trafficOf(call);
  const { canaries, unreadable } = await tools.store.listCanaries(call.cluster, signal);
  const live = canaries.filter((canary: Canary) => !isGone(canary, moment.now));
  const seen = preview(live, await tools.clusters.recordOf(call.cluster), proxyNamespace, moment.now);
  const metadata = { name: key.name, namespace: key.namespace };
  const document = { apiVersion: CANARY_API_VERSION, kind: 'CanaryPreview', metadata, proxyNamespace, ...seen };
  return warned(answer(200, document), unreadable);
}

/** `GET …/proxies`: who of the fleet follows it. */
export async function getProxies(call: CanaryCall): Promise<HttpResult> {
  const { key, moment, signal } = call;
  const canary = required(await readSettled(call), key.name);
  const { fleet, describeProxies, evidence } = trafficOf(call);
  const [reports, kept, more] = await Promise.all([
    fleet.readProxyReports(call.cluster, signal),
    fleet.findConfirmation(key, signal),
    evidence?.conditions(key, canary, moment.now, signal),
  ]);
  const seen = describeProxies(reports, canary, moment.now, kept);
  const { asOf } = seen;
  // Once for each write, by the first read that sees it: the reports that show it expire.
  if (seen.confirmed && asOf !== undefined && kept?.resourceVersion !== seen.resourceVersion) {
    await keep(call, { resourceVersion: seen.resourceVersion, asOf, seen: seen.seen, converged: seen.converged });
  }
  const { name, namespace, resourceVersion } = canary.metadata;
  const metadata = { name, namespace, resourceVersion };
  const conditions = [...seen.conditions, ...(more ?? [])];
  return answer(
    200,
    { apiVersion: CANARY_API_VERSION, kind: 'CanaryProxies', metadata, ...seen, conditions },
    resourceVersion,
  );
}

/** What cannot be kept now is found again by the next who asks. */
async function keep(call: CanaryCall, confirmation: Confirmation): Promise<void> {
  try {
    await trafficOf(call).fleet.keepConfirmation(call.key, confirmation, call.signal);
  } catch (error) {
    if (!(error instanceof CanaryStoreError)) throw error;
    call.tools.log(confirmationNotKept, { ...call.key, why: error.name });
  }
}

/** What the data plane knows; throws ApiError 404 where this deployment has none. */
export function trafficOf({ tools }: CanaryCall): NonNullable<CanaryCall['tools']['traffic']> {
  if (tools.traffic !== undefined) return tools.traffic;
  throw new ApiError('NotFound', 'this deployment serves no proxies');
}
