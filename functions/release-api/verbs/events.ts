import type { AuditEntry } from '../../canary/audit-entry.ts';
import { CANARY_API_VERSION } from '../../canary/canary.ts';
import type { CanaryKey } from '../../canary/store.ts';
import type { HttpResult } from '../../http/result.ts';
import { printable } from '../../json/faults.ts';
import type { Call } from '../call.ts';
import { equalValue, matchesFields, parseFieldSelector } from '../request/field-selector.ts';
import { LABEL } from '../request/segments.ts';
import { ApiError } from '../response/api-error.ts';
import { answer } from '../response/response.ts';
import { ageAt, type Column, tableOf, wantsTable } from '../response/table.ts';
import { isWatch } from './watch.ts';

/** The fields by which `kubectl describe` and `kubectl events --for` select. */
const FIELDS = [
  ...['metadata.name', 'metadata.namespace', 'involvedObject.apiVersion', 'involvedObject.fieldPath'],
  ...['involvedObject.kind', 'involvedObject.name', 'involvedObject.namespace', 'involvedObject.uid', 'reason', 'type'],
];
/** Of one canary. */
const ENTRIES_MAX = 50;
/** Of each canary, and canaries, where no name is given: each is a read of its own. */
const ENTRIES_OF_EACH_MAX = 10;
const CANARIES_MAX = 20;

/** What `kubectl get events` shows. */
const COLUMNS: readonly Column<EventOf>[] = [
  { name: 'Last Seen', description: 'Since it happened.', cell: ({ entry }, now) => ageAt(entry.time, now) },
  { name: 'Type', description: 'Normal or Warning.', cell: ({ event }) => event.type },
  { name: 'Reason', description: 'What was done.', cell: ({ event }) => event.reason },
  { name: 'Object', description: 'With which canary.', cell: ({ key }) => `canary/${key.name}` },
  { name: 'Message', description: 'From which weights to which, by whom and why.', cell: ({ event }) => event.message },
];

interface EventOf {
  readonly key: CanaryKey;
  readonly entry: AuditEntry;
  readonly event: ReturnType<typeof eventOf>;
}

/**
 * `GET /api/v1/[namespaces/{namespace}/]events`: what was done with canaries, out of their histories, as Kubernetes' events.
 * Oldest first; of one canary by `involvedObject.name`, else of the twenty first ones, with ten each. Throws ApiError 400.
 */
export async function listEvents(call: Call, namespace: string | undefined): Promise<HttpResult> {
  const { tools, request, moment, signal } = call;
  if (isWatch(request)) throw new ApiError('MethodNotAllowed', 'events are not watched: get them again');
  const selector = parseFieldSelector(request.query('fieldSelector') ?? '', FIELDS);
  const keys = await canariesMeant(call, namespace, equalValue(selector, 'involvedObject.name'));
  const limit = keys.length === 1 ? ENTRIES_MAX : ENTRIES_OF_EACH_MAX;
  const found = await Promise.all(
    keys.map(async ({ uid, ...key }) => {
      const entries = await tools.store.listAudit(key, limit, signal);
      return entries.map((entry) => ({ key, entry, event: eventOf(key, uid, entry) })).reverse();
    }),
  );
  const events = found
    .flat()
    .filter(({ event }) => matchesFields(selector, fieldsOf(event)))
    .sort((a, b) => Date.parse(a.entry.time) - Date.parse(b.entry.time));
  const metadata = { resourceVersion: String(await tools.store.readHead(call.cluster, signal)) };
  if (!wantsTable(request)) {
    return answer(200, { kind: 'EventList', apiVersion: 'v1', metadata, items: events.map(({ event }) => event) });
  }
  const rows = events.map((of) => ({ of, object: of.event, metadata: of.event.metadata }));
  return answer(200, tableOf(request, COLUMNS, rows, metadata, moment.now));
}

/** The canaries whose events are asked for; one that is named need not be there any more. */
async function canariesMeant(
  { tools, cluster, signal }: Call,
  namespace: string | undefined,
  name: string | undefined,
): Promise<readonly (CanaryKey & { readonly uid?: string })[]> {
  if (name !== undefined && namespace !== undefined) {
    if (!LABEL.test(name)) return [];
    const key = { cluster, namespace, name };
    const canary = await tools.store.getCanary(key, signal);
    return [canary === undefined ? key : { ...key, uid: canary.metadata.uid }];
  }
  const { canaries } = await tools.store.listCanaries(cluster, signal, namespace);
  return canaries
    .filter(({ metadata }) => name === undefined || metadata.name === name)
    .slice(0, CANARIES_MAX)
    .map(({ metadata }) => ({ cluster, namespace: metadata.namespace, name: metadata.name, uid: metadata.uid }));
}

/** An entry of a canary's history as an Event (v1). */
function eventOf({ namespace, name }: CanaryKey, uid: string | undefined, entry: AuditEntry) {
  const { time, verb, resourceVersion } = entry;
  const involvedObject = {
    ...{ kind: 'Canary', apiVersion: CANARY_API_VERSION, namespace, name },
    ...(uid === undefined ? {} : { uid }),
  };
  return {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: { name: `${name}.${resourceVersion}`, namespace, resourceVersion, creationTimestamp: time },
    involvedObject,
    reason: `${verb.slice(0, 1).toUpperCase()}${verb.slice(1)}`,
    message: messageOf(entry),
    type: verb === 'abort' || entry.release?.state === 'Aborted' ? 'Warning' : 'Normal',
    source: { component: 'outrigger' },
    ...{ firstTimestamp: time, lastTimestamp: time, count: 1, eventTime: null },
    ...{ reportingComponent: 'outrigger', reportingInstance: '' },
  };
}

/** `90/10 to 80/20 by arn:aws:…: reason`; weights are stable/canary, and left out where they are as before. */
function messageOf({ who, from, to, reason, verdict }: AuditEntry): string {
  const [before, after] = [from, to].map((weights) => weights && `${weights.stable}/${weights.canary}`);
  const what =
    after === undefined || after === before ? '' : before === undefined ? `${after} ` : `${before} to ${after} `;
  const why = [verdict, reason].filter((text) => text !== undefined).join(', ');
  return printable(`${what}by ${who}${why === '' ? '' : `: ${why}`}`);
}

function fieldsOf({ metadata, involvedObject, reason, type }: ReturnType<typeof eventOf>): ReadonlyMap<string, string> {
  const involved = Object.entries(involvedObject).map(([key, value]) => [`involvedObject.${key}`, value] as const);
  return new Map([
    ...involved,
    ['involvedObject.fieldPath', ''],
    ['metadata.name', metadata.name],
    ['metadata.namespace', metadata.namespace],
    ['reason', reason],
    ['type', type],
  ]);
}
