import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { stringify } from 'yaml';
import { createFileStore } from '../../functions/template-store/file-store.ts';
import { createMemoryStore } from '../../functions/template-store/memory-store.ts';
import { startSsmFake } from '../support/ssm-fake.ts';
import { ssmClientFor, ssmHarness } from './ssm-harness.ts';
import { templatePartsContract } from './template-parts.ts';
import { templateStoreContract } from './template-store.ts';

templateStoreContract('memory', async () => {
  const names = new Set<string>();
  const store = createMemoryStore();
  return {
    store,
    put: async (name, document, channel = 'stable') => {
      names.add(name);
      store.put(name, document, channel);
    },
    putBroken: async (name) => {
      names.add(name);
      store.putUnreadable(name, 'not JSON', 'stable');
    },
    remove: async (name) => store.remove(name),
    putClusterRecord: async (cluster, record) => store.putClusterRecord(cluster, record),
    putBrokenRecord: async (cluster) => store.putClusterRecord(cluster, 'no record'),
    clear: async () => {
      for (const name of names) store.remove(name);
    },
  };
});

templateStoreContract('files', async () => {
  const root = await mkdtemp(join(tmpdir(), 'outrigger-files-'));
  const folders = { templates: join(root, 'templates'), clusters: join(root, 'clusters') };
  return {
    store: createFileStore(folders),
    put: async (name, document, channel) => {
      const folder = channel === undefined ? folders.templates : join(folders.templates, 'channels', channel);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, `${name}.yaml`), stringify(document));
    },
    putBroken: (name) => writeFile(join(folders.templates, `${name}.yaml`), 'kind: [unclosed'),
    remove: (name) => rm(join(folders.templates, `${name}.yaml`)),
    putClusterRecord: (cluster, record) => writeFile(join(folders.clusters, `${cluster}.yaml`), stringify(record)),
    putBrokenRecord: (cluster) => writeFile(join(folders.clusters, `${cluster}.yaml`), 'policy: [unclosed'),
    clear: async () => {
      for (const folder of Object.values(folders)) {
        await rm(folder, { recursive: true, force: true });
        await mkdir(folder);
      }
    },
    close: () => rm(root, { recursive: true }),
  };
});

templateStoreContract('Parameter Store, wire-level fake', async () => {
  const fake = await startSsmFake();
  return { ...ssmHarness(ssmClientFor(fake.url), 'contract'), close: async () => fake.close() };
});

const partsFake = await startSsmFake();
afterAll(() => partsFake.close());
templatePartsContract('wire-level fake', async () => ssmClientFor(partsFake.url));
