import type { PaceStore } from '../../canary/pace.ts';
import { within } from '../../http/within.ts';
import { PACE_WRITE_EVERY_MS, REPORT_WRITE_EVERY_MS, REPORT_WRITE_MS } from '../../limits.ts';

/** In which the sidecar says what it polls with (`infra/templates/envoy.yaml`). */
export const REFRESH_HEADER = 'x-outrigger-refresh';

/** Hears from the polls with which refresh their Pods were born, and leaves the longest for the release API. */
export interface PaceWriter {
  /**
   * Notes a poll for Envoy clusters; may take `REPORT_WRITE_MS` to write. Never rejects.
   *
   * @param said the header `REFRESH_HEADER`: seconds as protobuf's JSON writes them
   * @param known what the record of the Kubernetes cluster has or had, in milliseconds: a Pod that says anything else was
   *   not made by it, and would hold up every release of its cluster
   * @param at milliseconds since the epoch
   */
  note(cluster: string, said: string | undefined, known: readonly number[], at: number): Promise<void>;
}

interface Heard {
  /** The longest since the last write. */
  longest: number;
  written: number;
  nextAt: number;
}

/** Up to 8,760 h, the longest duration that a record takes. */
const SECONDS = /^(\d{1,8}(?:\.\d{1,3})?)s$/;

/** Makes a writer that has heard nothing. */
export function createPaceWriter(store: PaceStore, onFailure: (cluster: string, error: unknown) => void): PaceWriter {
  const clusters = new Map<string, Heard>();

  return {
    async note(cluster, said, known, at) {
      const [, seconds] = SECONDS.exec(said ?? '') ?? [];
      const refreshMs = Math.round(Number(seconds) * 1_000);
      if (!known.includes(refreshMs)) return;
      const heard = clusters.get(cluster) ?? { longest: 0, written: 0, nextAt: 0 };
      clusters.set(cluster, heard);
      heard.longest = Math.max(heard.longest, refreshMs);
      const isDue = at >= heard.nextAt || at < heard.nextAt - PACE_WRITE_EVERY_MS;
      if (heard.longest <= heard.written && !isDue) return;
      const pace = { refreshMs: heard.longest, at };
      Object.assign(heard, { longest: 0, written: pace.refreshMs, nextAt: at + PACE_WRITE_EVERY_MS });
      const writing = store.notePace(cluster, pace, AbortSignal.timeout(REPORT_WRITE_MS)).catch((error: unknown) => {
        Object.assign(heard, { longest: pace.refreshMs, nextAt: at + REPORT_WRITE_EVERY_MS });
        onFailure(cluster, error);
      });
      await within(writing, REPORT_WRITE_MS);
    },
  };
}
