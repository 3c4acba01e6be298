import type { CanaryList, CanaryReader } from '../canary/store.ts';
import { CanaryStoreError } from '../errors.ts';
import { readInTime } from '../http/read-in-time.ts';
import { within } from '../http/within.ts';
import { CANARY_READ_MS, HEAD_TTL_MS, POLL_STALE_WAIT_MS } from '../limits.ts';
import { type CanaryEntry, emptyEntry } from './canary-entry.ts';
import { newestList } from './newest-list.ts';
import { type CanaryId, canaryId, type SoundCanaries, soundCanaries } from './quarantine.ts';

/** Every canary of a Kubernetes cluster as it was read. Another object whenever something may have changed. */
export type CanaryState = SoundCanaries;

/** The canaries of every Kubernetes cluster, cached. */
export interface CanaryCache {
  /** How many reads of the head have begun: a moment that neither a clock that jumps nor a frozen process moves. */
  readsBegun(): number;
  /** The newest state that can be read in time, or the last one, of any age. Throws CanaryStoreError when there is none. */
  stateFor(cluster: string): Promise<CanaryState>;
  /**
   * A state that a read confirmed which began at most `HEAD_TTL_MS` ago; undefined when none can be read in time. Right
   * after a failed read the store is not asked again.
   *
   * @param after what `readsBegun` was: only a read that began later counts
   */
  recentState(cluster: string, after?: number): Promise<CanaryState | undefined>;
  /** The state where no read of it is due or running: what `stateFor` would return at once. */
  fresh(cluster: string): CanaryState | undefined;
  /** Whether a read confirmed the state that began at most `HEAD_TTL_MS` ago; never reads. */
  isConfirmed(cluster: string): boolean;
  /** The last state, of any age; never reads. */
  cached(cluster: string): CanaryState | undefined;
}

/** What the cache needs from its owner. */
export interface CanaryCacheOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onFailure: (cluster: string, error: unknown) => void;
  /** Called once for every canary that is not served as it was read, and again when the reason changes. */
  readonly onUnsound: (cluster: string, canary: CanaryId, why: string) => void;
}

/**
 * Caches the store of canaries. Its head is read at most once a second, and the canaries that were written when the head
 * has moved; one read at a time, within `CANARY_READ_MS`. While the store cannot be read the last state is kept without
 * limit: an empty response would take every proxy's routes away. An environment that was frozen for an hour has a state of
 * that age, hence `recentState` for responses that take something from a proxy.
 *
 * Not a `CachedValue`, on purpose:
 *  - `recentState` asks which read confirmed the state, by number. A `CachedValue` knows only times, and a frozen process or
 *    a clock that jumps moves those; where the process was frozen, one refresh of it is two reads.
 *  - A read that confirms an unmoved head keeps the state as the same object, and a state is built from the one before it.
 *  - After a failed read `stateFor` counts its second of rest from the beginning of that read and `recentState` from its
 *    end; a `CachedValue` has one rest for all callers.
 *  - Each poll chooses its own wait, and a running read that began too early is followed by another one.
 */
export function createCanaryCache(store: CanaryReader, options: CanaryCacheOptions): CanaryCache {
  const entries = new Map<string, CanaryEntry>();
  let begun = 0;

  return {
    readsBegun: () => begun,
    async stateFor(cluster) {
      const entry = entryOf(cluster);
      if (!isLately(entry.triedAt) && entry.reading === undefined) begin(cluster, entry);
      // Lambda freezes the process after the response, so a read is waited for, but not for ever.
      const { reading } = entry;
      if (reading !== undefined) await within(reading, entry.state === undefined ? CANARY_READ_MS : POLL_STALE_WAIT_MS);
      if (entry.state === undefined) throw new CanaryStoreError('no canaries are held', { cause: entry.cause });
      return entry.state;
    },
    async recentState(cluster, after) {
      const entry = entryOf(cluster);
      const from = after ?? begun;
      const isRecent = (): boolean => entry.confirmedBy > from || (after === undefined && isLately(entry.confirmedAt));
      if (!isRecent()) await within(readUntil(cluster, entry, isRecent), CANARY_READ_MS - POLL_STALE_WAIT_MS);
      return isRecent() ? entry.state : undefined;
    },
    fresh(cluster) {
      const entry = entries.get(cluster);
      return entry !== undefined && entry.reading === undefined && isLately(entry.triedAt) ? entry.state : undefined;
    },
    isConfirmed: (cluster) => isLately(entries.get(cluster)?.confirmedAt ?? Number.NEGATIVE_INFINITY),
    cached: (cluster) => entries.get(cluster)?.state,
  };

  /** A clock that jumps back must not stop the reads. */
  function isLately(time: number): boolean {
    const now = options.now();
    return now >= time && now < time + HEAD_TTL_MS;
  }

  /** Waits for the running read, then for one more where that one began too early; a failed read ends the wait. */
  async function readUntil(cluster: string, entry: CanaryEntry, isRecent: () => boolean): Promise<void> {
    while (!isRecent()) {
      if (entry.reading === undefined) {
        if (isLately(entry.failedAt)) return;
        begin(cluster, entry);
      }
      await entry.reading;
    }
  }

  function begin(cluster: string, entry: CanaryEntry): void {
    entry.triedAt = options.now();
    entry.reading = read(cluster, entry, ++begun).finally(() => {
      entry.reading = undefined;
    });
  }

  function entryOf(cluster: string): CanaryEntry {
    const known = entries.get(cluster);
    if (known !== undefined) return known;
    const fresh = emptyEntry();
    entries.set(cluster, fresh);
    return fresh;
  }

  /** Never rejects: the last state stays. */
  async function read(cluster: string, entry: CanaryEntry, confirmedBy: number): Promise<void> {
    const confirmedAt = entry.triedAt;
    try {
      await readInTime(async (signal) => {
        const head = await store.readHead(cluster, signal);
        if (head !== entry.list?.head) {
          const list = await newestList(store, cluster, entry.list, head, signal);
          if (signal.aborted) return;
          take(cluster, entry, list);
        }
        if (!signal.aborted) Object.assign(entry, { confirmedAt, confirmedBy });
      }, CANARY_READ_MS);
    } catch (error) {
      Object.assign(entry, { cause: error, failedAt: options.now() });
      options.onFailure(cluster, error);
    }
  }

  function take(cluster: string, entry: CanaryEntry, list: CanaryList): void {
    const state = soundCanaries(list.canaries, entry.served, list.unreadable);
    for (const [id, why] of state.faults) if (entry.state?.faults.get(id) !== why) options.onUnsound(cluster, id, why);
    entry.state = state;
    entry.list = list;
    entry.served = new Map(state.canaries.map((canary) => [canaryId(canary), canary]));
  }
}
