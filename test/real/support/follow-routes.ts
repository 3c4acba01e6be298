import { setTimeout as wait } from 'node:timers/promises';
import type { Envoy } from './envoy.ts';
import { runningRoutes } from './running-routes.ts';

/** A write that changes routes: their version from then on, and when, in milliseconds since the epoch. */
export interface RoutesWrite {
  readonly version: string;
  readonly at: number;
}

/** Watches which routes a proxy runs, and since when. */
export interface FollowedRoutes {
  /**
   * How long after each write the proxy ran its routes, or those of a later write, in milliseconds; `NaN` where it never
   * did. Routes of one version may be written twice, if others came between.
   */
  delays(writes: readonly RoutesWrite[]): readonly number[];
  stop(): Promise<void>;
}

/** Routes that stay for less are not seen: proxies look two seconds apart. */
const LOOK_MS = 100;

/** Starts to watch. */
export function followRoutes(proxy: Pick<Envoy, 'admin'>): FollowedRoutes {
  const seen: { readonly version: string; readonly since: number }[] = [];
  const state = { isOver: false };
  const watching = watch();
  return {
    delays: (writes) => {
      // Each by the last write of its version that was there when it came.
      const taken = seen.map(({ version, since }) => ({
        since,
        write: writes.findLastIndex((write) => write.version === version && write.at <= since),
      }));
      return writes.map(({ at }, i) => (taken.find(({ write }) => write >= i)?.since ?? Number.NaN) - at);
    },
    stop: async () => {
      state.isOver = true;
      await watching;
    },
  };

  async function watch(): Promise<void> {
    while (!state.isOver) {
      // A busy machine may answer one look too late.
      const now = await runningRoutes(proxy).catch(() => undefined);
      if (now !== undefined && now.version !== seen.at(-1)?.version) seen.push(now);
      await wait(LOOK_MS);
    }
  }
}

/** The value that a share of the numbers does not exceed. */
export function percentile(numbers: readonly number[], share: number): number {
  return numbers.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * numbers.length) - 1)] ?? Number.NaN;
}
