import type { AuditEntry } from '../canary/audit-entry.ts';
import type { CanaryKey, CanaryStore } from '../canary/store.ts';
import { type Notice, noticeOf } from './notice.ts';
import { NEWS_MS } from './pending.ts';

/** What finding changes needs of a store. */
export type ChangeStore = Pick<CanaryStore, 'readHead' | 'listMoves' | 'listCanaries' | 'listAudit'>;

/** Entries of a canary's history that are read at first, and at most: one that is written more often loses its oldest. */
const ENTRIES_FIRST = 20;
const ENTRIES_MAX = 320;
/** Canaries whose history is read at the same time. */
const AT_ONCE = 8;
/** Canaries whose history is read in one round; where more were written, the others' changes are not told. */
const CANARIES_MAX = 400;

/** What was found between two versions of a Kubernetes cluster. */
export interface FoundNotices {
  /** In the order of versions. */
  readonly notices: readonly Notice[];
  /** Canaries that were written, and whose changes were too many to be looked at. */
  readonly unseen: number;
}

/**
 * All changes between two versions of a Kubernetes cluster, by people and by `advance`, from the history that stands in the transaction of
 * each. Of a canary that is gone too, where that is no longer ago than ten minutes. Throws CanaryStoreError.
 *
 * @param now milliseconds since the epoch; what is older than `NEWS_MS` is left out
 */
export async function findNotices(
  store: ChangeStore,
  cluster: string,
  { after, upTo }: { readonly after: number; readonly upTo: number },
  now: number,
  signal: AbortSignal,
): Promise<FoundNotices> {
  const written = await writtenCanaries(store, cluster, { after, upTo }, signal);
  const keys = written.slice(0, CANARIES_MAX);
  const notices: Notice[] = [];
  const waiting = [...keys];
  const worker = async (): Promise<void> => {
    for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
      const entries = await entriesOf(store, key, after, signal);
      for (const entry of entries) {
        const version = Number(entry.resourceVersion);
        const isNew = version > after && version <= upTo && now - Date.parse(entry.time) < NEWS_MS;
        if (isNew) notices.push(noticeOf(key, entry));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return {
    notices: notices.toSorted((a, b) => Number(a.resourceVersion) - Number(b.resourceVersion)),
    unseen: written.length - keys.length,
  };
}

/** The canaries that were written, each once. */
async function writtenCanaries(
  store: ChangeStore,
  cluster: string,
  heads: { readonly after: number; readonly upTo: number },
  signal: AbortSignal,
): Promise<readonly CanaryKey[]> {
  const moves = await store.listMoves(cluster, heads, signal);
  if (moves !== undefined) {
    const known = moves.canaries.map(({ metadata }) => metadata);
    return [...known, ...moves.unreadable, ...moves.gone].map(({ namespace, name }) => ({ cluster, namespace, name }));
  }
  const { canaries, unreadable } = await store.listCanaries(cluster, signal);
  const later = canaries.map(({ metadata }) => metadata).filter((one) => Number(one.resourceVersion) > heads.after);
  return [...later, ...unreadable].map(({ namespace, name }) => ({ cluster, namespace, name }));
}

/** Those of a canary's newest entries among which every one after a version is, as far as that is bounded. */
async function entriesOf(
  store: ChangeStore,
  key: CanaryKey,
  after: number,
  signal: AbortSignal,
): Promise<readonly AuditEntry[]> {
  for (let limit = ENTRIES_FIRST; ; limit *= 4) {
    const entries = await store.listAudit(key, limit, signal);
    const oldest = entries.at(-1);
    const isWhole = entries.length < limit || Number(oldest?.resourceVersion) <= after;
    if (isWhole || limit >= ENTRIES_MAX) return entries;
  }
}
