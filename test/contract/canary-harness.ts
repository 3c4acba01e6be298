import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { CanaryKey } from '../../functions/canary/store.ts';
import type { TableStore } from '../../functions/table/table-store.ts';

/** A store under test. Every test has a Kubernetes cluster of its own, so nothing is ever emptied. */
export interface CanaryStoreHarness {
  readonly store: TableStore;
  /** Makes the stored canary something that no version of this program wrote. */
  corrupt?(key: CanaryKey): Promise<void>;
  close?(): Promise<void>;
}

let clusters = 0;
/** A Kubernetes cluster that no other test has. */
export const newCluster = (): string => `cluster-${process.pid}-${Date.now().toString(36)}-${++clusters}`;

/** Opens a store for the tests of a suite and closes it behind them; `begin` has it and a new cluster before each. */
export function withStore(
  open: () => Promise<CanaryStoreHarness>,
  begin: (harness: CanaryStoreHarness, cluster: string) => void,
): void {
  let harness: CanaryStoreHarness;
  beforeAll(async () => {
    harness = await open();
  });
  beforeEach(() => begin(harness, newCluster()));
  afterAll(async () => await harness?.close?.());
}
