import type { Canary } from '../../../functions/canary/canary.ts';
import type { ApiAsk, ReleaseApi } from './connection.ts';
import type { HttpAnswer } from './http.ts';
import { readCanary, readList } from './rows.ts';

/** What is read: one canary, a namespace's, or all. */
export interface Scope {
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly selector: string | undefined;
}

/** What was there at one moment. */
export interface Seen {
  readonly canaries: readonly Canary[];
  readonly etag: string | undefined;
  /** Whether some are there that the answer lacks, because they cannot be read. */
  readonly isPartial: boolean;
}

const PIECE = '500';

/**
 * Reads what a scope holds.
 *
 * @param etag of what is known already
 * @returns undefined where that still holds
 */
export async function readScope(api: ReleaseApi, scope: Scope, etag?: string): Promise<Seen | undefined> {
  const headers = etag === undefined ? {} : { 'if-none-match': etag };
  const first = await api.ask({ ...askFor(scope), headers });
  if (first.status === 304) return undefined;
  if (scope.name !== undefined) return seenIn(first, [readCanary(first.text)]);
  let { canaries, next } = readList(first.text);
  if (next === undefined) return seenIn(first, canaries);
  const found = [...canaries];
  let isPartial = isLacking(first);
  while (next !== undefined) {
    const piece = await api.ask(askFor(scope, next));
    ({ canaries, next } = readList(piece.text));
    found.push(...canaries);
    isPartial ||= isLacking(piece);
  }
  // The etag of the first piece knows nothing of the others.
  return { canaries: found, etag: undefined, isPartial };
}

function askFor({ name, namespace, selector }: Scope, next?: string): ApiAsk {
  if (name !== undefined) return { method: 'GET', namespace, path: `canaries/${encodeURIComponent(name)}` };
  const query = { limit: PIECE, continue: next, labelSelector: selector };
  return { method: 'GET', namespace, path: 'canaries', query };
}

function seenIn(answer: HttpAnswer, canaries: readonly Canary[]): Seen {
  return { canaries, etag: answer.headers['etag'], isPartial: isLacking(answer) };
}

function isLacking({ headers }: HttpAnswer): boolean {
  return headers['warning'] !== undefined;
}
