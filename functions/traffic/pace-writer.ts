import type { PaceStore } from '../canary/pace.ts';
import { FLEET_WRITE_EVERY_MS, FLEET_WRITE_MS, PACE_WRITE_EVERY_MS, REFRESH_HEARD_MS_MAX } from '../limits.ts';
import { within } from '../template/held.ts';

/** Hears from the polls with which refresh their Pods were born, and leaves the longest for the release API. */
export interface PaceWriter {
  /**
   * Notes a poll for Envoy clusters; may take `FLEET_WRITE_MS` to write. Never rejects.
   *
   * @param said the header `x-outrigger-refresh`, which the envoy template adds: seconds as protobuf's JSON writes them
   * @param at milliseconds since the epoch
   */
  note(cluster: string, said: string | undefined, at: number): Promise<void>;
}

interface Heard {
  /** The longest since the last write. */
  longest: number;
  written: number;
  nextAt: number;
}

const SECONDS = /^(\d{1,6}(?:\.\d{1,3})?)s$/;

/** Makes a writer that has heard nothing. */
export function createPaceWriter(store: PaceStore, onFailure: (cluster: string, error: unknown) => void): PaceWriter {
  const clusters = new Map<string, Heard>();

  return {
    async note(cluster, said, at) {
      const [, seconds] = SECONDS.exec(said ?? '') ?? [];
      if (seconds === undefined) return;
      const heard = clusters.get(cluster) ?? { longest: 0, written: 0, nextAt: 0 };
      clusters.set(cluster, heard);
      // One Pod that lies must not hold up every release of its cluster for long.
      heard.longest = Math.max(heard.longest, Math.min(Number(seconds) * 1_000, REFRESH_HEARD_MS_MAX));
      const isDue = at >= heard.nextAt || at < heard.nextAt - PACE_WRITE_EVERY_MS;
      if (heard.longest <= heard.written && !isDue) return;
      const pace = { refreshMs: heard.longest, at };
      Object.assign(heard, { longest: 0, written: pace.refreshMs, nextAt: at + PACE_WRITE_EVERY_MS });
      const writing = store.notePace(cluster, pace, AbortSignal.timeout(FLEET_WRITE_MS)).catch((error: unknown) => {
        Object.assign(heard, { longest: pace.refreshMs, nextAt: at + FLEET_WRITE_EVERY_MS });
        onFailure(cluster, error);
      });
      await within(writing, FLEET_WRITE_MS);
    },
  };
}
