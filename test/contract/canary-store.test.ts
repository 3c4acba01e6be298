import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createFileStore } from '../../functions/table/sqlite/file-store.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import { canaryClockContract } from './canary-clock.ts';
import { canaryElsewhereContract } from './canary-elsewhere.ts';
import type { CanaryStoreHarness } from './canary-harness.ts';
import { canaryInterleavingsContract } from './canary-interleavings.ts';
import { canaryMatesContract } from './canary-mates.ts';
import { canaryRacesContract } from './canary-races.ts';
import { canaryStoreContract } from './canary-store.ts';
import { driftStoreContract } from './drift-store.ts';
import { evidenceStoreContract } from './evidence-store.ts';
import { freezeStoreContract } from './freeze-store.ts';
import { keptValuesContract } from './kept-values.ts';
import { proxyReportsContract } from './proxy-reports.ts';

const memory = async (): Promise<CanaryStoreHarness> => ({ store: createMemoryStore() });

const file = async (): Promise<CanaryStoreHarness> => {
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-canaries-'));
  const store = createFileStore(join(folder, 'canaries'));
  return {
    store,
    corrupt: async ({ cluster, namespace, name }) => {
      const database = new DatabaseSync(join(folder, 'canaries', 'canaries.db'));
      const write = database.prepare('UPDATE rows SET text = ? WHERE partition = ? AND sort = ?');
      write.run(
        '{"apiVersion":"outrigger.dev/v1alpha1","kind":"Canary","metadata":{},"spec":null}',
        `C#${cluster}`,
        `canary#${namespace}#${name}`,
      );
      database.close();
    },
    close: async () => {
      store.close();
      await rm(folder, { recursive: true });
    },
  };
};

for (const [title, open, most] of [
  ['memory', memory, 3],
  ['file', file, 2],
] as const) {
  canaryStoreContract(title, open);
  canaryClockContract(title, open);
  canaryRacesContract(title, open);
  canaryMatesContract(title, open);
  canaryElsewhereContract(title, open);
  canaryInterleavingsContract(title, open, most);
  proxyReportsContract(title, open);
  evidenceStoreContract(title, open);
  driftStoreContract(title, open);
  freezeStoreContract(title, open);
  keptValuesContract(title, open);
}
