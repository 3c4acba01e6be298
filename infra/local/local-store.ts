import { join } from 'node:path';
import { createFileStore } from '../../functions/template/file-store.ts';
import type { TemplateStore } from '../../functions/template/store.ts';
import { LOCAL_CLUSTER } from './doors.ts';

/** The shipped templates. */
export const TEMPLATES_DIR_DEFAULT = join(import.meta.dirname, '..', 'templates');

/** What the local cluster gets without asking, until `<state-dir>/clusters/local.yaml` says otherwise. */
const LOCAL_RECORD = { defaultTemplates: ['envoy-initializer'] };

/** Templates from a folder; cluster records from `<state-dir>/clusters`, with a default one for the local cluster. */
export function openLocalStore(templatesDir: string, stateDir: string): TemplateStore {
  const files = createFileStore({ templates: templatesDir, clusters: join(stateDir, 'clusters') });
  return {
    ...files,
    listClusterRecords: async (signal) =>
      new Map([[LOCAL_CLUSTER, LOCAL_RECORD], ...(await files.listClusterRecords(signal))]),
    getClusterRecord: async (cluster, signal) =>
      (await files.getClusterRecord(cluster, signal)) ?? (cluster === LOCAL_CLUSTER ? LOCAL_RECORD : undefined),
  };
}
