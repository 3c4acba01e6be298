import { CANARY_API_VERSION, type Canary } from '../../canary/canary.ts';
import type { HttpRequest } from '../../http/http-request.ts';
import type { HttpResult } from '../../http/result.ts';
import { WATCH_RETRY_SECONDS } from '../../limits.ts';
import { readSettled, settledList } from '../../releases/settle/read-settled.ts';
import type { Call } from '../call.ts';
import { readSelection } from '../request/selection.ts';
import { ApiError } from '../response/api-error.ts';
import { canaryTable, goneTable } from '../response/canary-table.ts';
import { answerText, statusOf } from '../response/response.ts';
import { shownCanary } from '../response/shown-canary.ts';
import { wantsTable } from '../response/table.ts';

/** What stands for a canary that is gone: its last object is not kept. */
type GoneCanary = Pick<Canary, 'apiVersion' | 'kind'> & {
  readonly metadata: Pick<Canary['metadata'], 'namespace' | 'name' | 'resourceVersion'>;
};

/** One event of a watch. */
type Change =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly canary: Canary }
  | { readonly type: 'DELETED'; readonly gone: GoneCanary };

const WATCHED = /^(true|1)$/;
const VERSION = /^\d{1,15}$/;

/** Whether a request is a watch. Throws ApiError 400 for a value that is neither yes nor no. */
export function isWatch(request: HttpRequest): boolean {
  const watch = request.query('watch') ?? 'false';
  if (WATCHED.test(watch)) return true;
  if (watch === 'false' || watch === '0' || watch === '') return false;
  throw new ApiError('BadRequest', 'watch must be true or false');
}

/**
 * `GET …/canaries?watch=true`: what was written after the version that the caller has, as lines of events, then a bookmark where
 * it takes one; without a version all canaries. It holds no request, since nothing can stream through an HTTP API: where
 * nothing is new the response is 429, which clients of Kubernetes repeat without a word. `npm start` and `outrigger proxy` make a
 * lasting watch of it. ApiError 410 for a version that is too old, or that never was; 422 for a list within the watch, as a
 * server without one answers, so that clients list and then watch.
 */
export async function watchCanaries(call: Call, namespace: string | undefined): Promise<HttpResult> {
  const { tools, request, cluster, signal } = call;
  refuseWatchList(request);
  const selection = readSelection(request, namespace);
  await settleNamed(call, namespace, selection.name);
  const after = readVersion(request);
  if (after === undefined) {
    const list = await settledList(call, await tools.store.listCanaries(cluster, signal));
    // Before the first write the version of a list is 0, which is none.
    if (list.head === 0) return nothingNew();
    const canaries = list.canaries.filter(selection.isSelected);
    return eventsAnswer(
      call,
      canaries.map((canary) => ({ type: 'ADDED', canary })),
      list.head,
    );
  }
  const head = await tools.store.readHead(cluster, signal);
  if (head === after) return nothingNew();
  const moves = head < after ? undefined : await tools.store.listMoves(cluster, { after, upTo: head }, signal);
  if (moves === undefined) throw new ApiError('Expired', `too old resource version: ${after} (${head})`);
  const gone = moves.gone
    .filter(selection.isPlaced)
    .map((whose) => ({ type: 'DELETED' as const, gone: goneCanary(whose, head) }));
  const written = moves.canaries
    // One that was written after the head was read comes with the next answer, beside what was written before it.
    .filter(({ metadata }) => Number(metadata.resourceVersion) <= head && selection.isPlaced(metadata))
    .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
    // A label that is no longer there takes a canary out of what is watched.
    .map((canary) => ({ type: selection.isSelected(canary) ? ('MODIFIED' as const) : ('DELETED' as const), canary }));
  return eventsAnswer(call, [...gone, ...written], head);
}

function refuseWatchList(request: HttpRequest): void {
  if (request.query('sendInitialEvents') !== 'true') return;
  const faults = [{ path: 'sendInitialEvents', message: 'sendInitialEvents is forbidden for watch: list, then watch' }];
  throw new ApiError('Invalid', 'sendInitialEvents is forbidden for watch: list, then watch', { faults });
}

/** What the clock has changed of the one canary that is watched is written now; of others `advance` writes it. */
async function settleNamed(call: Call, namespace: string | undefined, name: string | undefined): Promise<void> {
  if (namespace === undefined || name === undefined) return;
  await readSettled({ ...call, key: { cluster: call.cluster, namespace, name } });
}

/** The version that the caller has; undefined for none: `0` means any. */
function readVersion(request: HttpRequest): number | undefined {
  const text = request.query('resourceVersion') ?? '';
  if (text === '' || text === '0') return undefined;
  if (!VERSION.test(text)) throw new ApiError('BadRequest', 'resourceVersion must be a whole number');
  return Number(text);
}

function nothingNew(): HttpResult {
  const details = { retryAfterSeconds: WATCH_RETRY_SECONDS };
  return statusOf(new ApiError('TooManyRequests', 'nothing is new; ask again', details));
}

function goneCanary({ namespace, name }: { namespace: string; name: string }, head: number): GoneCanary {
  return {
    apiVersion: CANARY_API_VERSION,
    kind: 'Canary',
    metadata: { name, namespace, resourceVersion: String(head) },
  };
}

/** Events as lines, with a bookmark at the head where the caller takes one. */
function eventsAnswer({ request, moment }: Call, changes: readonly Change[], head: number): HttpResult {
  const isTable = wantsTable(request);
  const objectOf = (change: Change): object => {
    if ('gone' in change) return isTable ? goneTable(request, change.gone.metadata, moment.now) : change.gone;
    const { canary } = change;
    return isTable ? canaryTable(request, [canary], {}, moment.now) : shownCanary(canary);
  };
  const lines: object[] = changes.map((change) => ({ type: change.type, object: objectOf(change) }));
  if (request.query('allowWatchBookmarks') === 'true') {
    const metadata = { resourceVersion: String(head), creationTimestamp: null };
    lines.push({ type: 'BOOKMARK', object: { apiVersion: CANARY_API_VERSION, kind: 'Canary', metadata } });
  }
  return answerText(200, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
