import { hash } from 'node:crypto';
import { CANARY_API_VERSION, type Canary } from '../../canary/canary.ts';
import type { HttpResult } from '../../http/result.ts';
import { settledList } from '../../releases/settle/read-settled.ts';
import type { Call } from '../call.ts';
import { readCount } from '../request/query.ts';
import { readSelection } from '../request/selection.ts';
import { ApiError } from '../response/api-error.ts';
import { canaryTable } from '../response/canary-table.ts';
import { answer, notModified } from '../response/response.ts';
import { shownCanary } from '../response/shown-canary.ts';
import { wantsTable } from '../response/table.ts';
import { warned } from '../response/warning.ts';
import { isUnchanged } from './preconditions.ts';
import { isWatch, watchCanaries } from './watch.ts';

/** A canary has some 2 KB, and a Lambda answers at most 6 MB. */
const ITEMS_MAX = 500;
/**
 * Items of one answer, as JSON: Lambda writes the answer as a text into JSON of its own, which at most doubles it, and takes 6 MB.
 */
const ITEMS_BYTES_MAX = 2.5 * 1_024 * 1_024;
/** What a list is continued from is given up as soon as by kube-apiserver (etcd's compaction). */
const CONTINUE_MS = 5 * 60_000;
const CONTINUE_CHARACTERS_MAX = 512;

/** `GET …/canaries`: of a namespace or of all, by namespace and name, in pieces of `limit`; or a watch of them. */
export async function listCanaries(call: Call, namespace: string | undefined): Promise<HttpResult> {
  if (isWatch(call.request)) return await watchCanaries(call, namespace);
  const { tools, request, cluster, moment, signal } = call;
  const limit = readCount(request, 'limit', ITEMS_MAX) ?? ITEMS_MAX;
  const after = readContinue(request.query('continue'), moment.now);
  const { isSelected } = readSelection(request, namespace);
  const read = await tools.store.listCanaries(cluster, signal);
  const { head, canaries, unreadable } = await settledList(call, read);
  const found = canaries.filter((canary) => isSelected(canary) && (after === undefined || isBehind(canary, after)));
  const items = fitting(found.slice(0, limit));
  const last = found.length > items.length ? items.at(-1) : undefined;
  const metadata = {
    resourceVersion: String(head),
    ...(last === undefined ? {} : { continue: continueFrom(last, moment.now) }),
    ...(last === undefined ? {} : { remainingItemCount: found.length - items.length }),
  };
  // A canary that cannot be read any more has not moved the head, and one may have been written since that was read.
  const lacking = unreadable.filter((one) => namespace === undefined || one.namespace === namespace);
  if (wantsTable(request)) return warned(answer(200, canaryTable(request, items, metadata, moment.now)), lacking);
  const etag = `"${hash('sha256', JSON.stringify([head, items, lacking]), 'base64url').slice(0, 22)}"`;
  if (isUnchanged(request, etag)) return notModified(etag);
  const list = { apiVersion: CANARY_API_VERSION, kind: 'CanaryList', metadata, items: items.map(shownCanary) };
  const result = answer(200, list);
  return warned({ ...result, headers: { ...result.headers, etag } }, lacking);
}

/** The first items that fit into one answer; at least one. */
function fitting(items: readonly Canary[]): readonly Canary[] {
  let bytes = 0;
  const end = items.findIndex((item, i) => {
    bytes += Buffer.byteLength(JSON.stringify(item));
    return i > 0 && bytes > ITEMS_BYTES_MAX;
  });
  return end === -1 ? items : items.slice(0, end);
}

interface Position {
  readonly namespace: string;
  readonly name: string;
}

function isBehind({ metadata }: Canary, { namespace, name }: Position): boolean {
  return metadata.namespace === namespace ? metadata.name > name : metadata.namespace > namespace;
}

function continueFrom({ metadata }: Canary, now: number): string {
  return Buffer.from(JSON.stringify([metadata.namespace, metadata.name, now])).toString('base64url');
}

function readContinue(token: string | undefined, now: number): Position | undefined {
  if (token === undefined || token === '') return undefined;
  const [namespace, name, time] = token.length > CONTINUE_CHARACTERS_MAX ? [] : decode(token);
  if (typeof namespace !== 'string' || typeof name !== 'string' || typeof time !== 'number') {
    throw new ApiError('BadRequest', 'continue is not a token of this API');
  }
  if (now - time <= CONTINUE_MS) return { namespace, name };
  throw new ApiError('Expired', 'the continue token is too old; list again from the start without it');
}

function decode(token: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
