import type { Freeze, FreezePlace } from './freeze.ts';

/** What became of a write under a condition. */
export type FreezeWrite = 'written' | 'conflict';

/** Keeps freezes. Each throws CanaryStoreError; reads are of what was written last. */
export interface FreezeStore {
  /**
   * The freezes of one place, by name. A freeze that cannot be read fails the list: one that is left out would let a share
   * through.
   */
  listFreezes(place: FreezePlace, signal: AbortSignal): Promise<readonly Freeze[]>;
  /** All that can hold a canary of a Kubernetes cluster: those of the fleet, of the cluster and of its namespaces. Two queries. */
  readFreezes(cluster: string, signal: AbortSignal): Promise<readonly Freeze[]>;
  /** One freeze of a place; undefined where there is none. */
  getFreeze(place: FreezePlace, name: string, signal: AbortSignal): Promise<Freeze | undefined>;
  /**
   * Puts a freeze where the one of this version stands.
   *
   * @param expected the `resourceVersion` that is replaced; undefined: none of the name is there
   */
  putFreeze(
    place: FreezePlace,
    freeze: Freeze,
    expected: string | undefined,
    signal: AbortSignal,
  ): Promise<FreezeWrite>;
  /** Takes a freeze away, also one that cannot be read. @returns whether there was one */
  deleteFreeze(place: FreezePlace, name: string, signal: AbortSignal): Promise<boolean>;
}
