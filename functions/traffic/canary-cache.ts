import type { Canary } from '../canary/canary.ts';
import type { CanaryList, CanaryReader } from '../canary/store.ts';
import { CanaryStoreError } from '../errors.ts';
import { CANARY_READ_MS, HEAD_TTL_MS, POLL_STALE_WAIT_MS } from '../limits.ts';
import { within } from '../template/held.ts';
import { type CanaryId, canaryId, type SoundCanaries, soundCanaries } from './sound-canaries.ts';

/** Every canary of a Kubernetes cluster as it was read. Another object whenever something may have changed. */
export type CanaryState = SoundCanaries;

/** Canaries, from memory. */
export interface CanaryCache {
  /** The newest state that can be had in time. Throws CanaryStoreError when there never was one. */
  stateFor(cluster: string): Promise<CanaryState>;
  /** What is in memory, however old, without a look at the store. */
  held(cluster: string): CanaryState | undefined;
}

/** What the cache brings along. */
export interface CanaryCacheOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onFailure: (cluster: string, error: unknown) => void;
  /** Told once of every canary that is not served as it was read, and of every change in why. */
  readonly onUnsound: (cluster: string, canary: CanaryId, why: string) => void;
}

interface Entry {
  state: CanaryState | undefined;
  head: number | undefined;
  served: ReadonlyMap<CanaryId, Canary>;
  triedAt: number;
  reading: Promise<void> | undefined;
  cause: unknown;
}

/**
 * Puts memory before the store of canaries: its head is read at most once a second, the canaries only when it has moved,
 * both by one reader at a time and within `CANARY_READ_MS`. While the store cannot be read the last state is served,
 * without limit: an empty answer would take every proxy's routes away.
 */
export function createCanaryCache(store: CanaryReader, options: CanaryCacheOptions): CanaryCache {
  const entries = new Map<string, Entry>();

  return {
    async stateFor(cluster) {
      const entry = entryOf(cluster);
      const now = options.now();
      // A clock that jumped back must not stop the reading.
      const isFresh = now >= entry.triedAt && now < entry.triedAt + HEAD_TTL_MS;
      if (!isFresh && entry.reading === undefined) {
        entry.triedAt = now;
        entry.reading = read(cluster, entry).finally(() => {
          entry.reading = undefined;
        });
      }
      // Lambda freezes the process with the answer: a read is waited for, but not for ever.
      const { reading } = entry;
      if (reading !== undefined) await within(reading, entry.state === undefined ? CANARY_READ_MS : POLL_STALE_WAIT_MS);
      if (entry.state === undefined) throw new CanaryStoreError('no canaries are held', { cause: entry.cause });
      return entry.state;
    },
    held: (cluster) => entries.get(cluster)?.state,
  };

  function entryOf(cluster: string): Entry {
    const known = entries.get(cluster);
    if (known !== undefined) return known;
    const fresh: Entry = {
      state: undefined,
      head: undefined,
      served: new Map(),
      triedAt: Number.NEGATIVE_INFINITY,
      reading: undefined,
      cause: undefined,
    };
    entries.set(cluster, fresh);
    return fresh;
  }

  /** Never rejects: what is held stays. */
  async function read(cluster: string, entry: Entry): Promise<void> {
    try {
      await inTime(async (signal) => {
        const head = await store.readHead(cluster, signal);
        if (entry.state !== undefined && head === entry.head) return;
        const list = await store.listCanaries(cluster, signal);
        if (!signal.aborted) take(cluster, entry, list);
      });
    } catch (error) {
      entry.cause = error;
      options.onFailure(cluster, error);
    }
  }

  function take(cluster: string, entry: Entry, { head, canaries, unreadable }: CanaryList): void {
    const state = soundCanaries(canaries, entry.served, unreadable);
    for (const [id, why] of state.faults) if (entry.state?.faults.get(id) !== why) options.onUnsound(cluster, id, why);
    entry.state = state;
    entry.head = head;
    entry.served = new Map(state.canaries.map((canary) => [canaryId(canary), canary]));
  }
}

/** Gives up a read that is deaf to its signal, too: the next one must be able to start. */
async function inTime(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const signal = AbortSignal.timeout(CANARY_READ_MS);
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  await Promise.race([work(signal), aborted]);
}
