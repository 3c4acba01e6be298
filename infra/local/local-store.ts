import { join } from 'node:path';
import { isRecord } from '../../functions/faults.ts';
import { createFileStore } from '../../functions/template/file-store.ts';
import type { TemplateStore } from '../../functions/template/store.ts';
import { LOCAL_CLUSTER } from './doors.ts';

/** The shipped templates. */
export const TEMPLATES_DIR_DEFAULT = join(import.meta.dirname, '..', 'templates');

/** What the local cluster gets without asking, until `<state-dir>/clusters/local.yaml` says otherwise. */
export const LOCAL_RECORD = { defaultTemplates: ['envoy-initializer'] };

/**
 * Templates from a folder; cluster records from `<state-dir>/clusters`, with a default one for the local cluster.
 *
 * @param endpoint what a running gateway knows of itself: fields of the local record that its file does not set; where
 *   proxies ask holds for the other clusters of the folder too
 */
export function openLocalStore(
  templatesDir: string,
  stateDir: string,
  endpoint: () => Readonly<Record<string, unknown>> = () => ({}),
): TemplateStore {
  const files = createFileStore({ templates: templatesDir, clusters: join(stateDir, 'clusters') });
  return {
    ...files,
    listClusterRecords: async (signal) =>
      new Map([[LOCAL_CLUSTER, LOCAL_RECORD], ...(await files.listClusterRecords(signal))]),
    listClusters: async (signal) => [...new Set([LOCAL_CLUSTER, ...(await files.listClusters(signal))])],
    getClusterRecord: async (cluster, signal) => {
      const record = await files.getClusterRecord(cluster, signal);
      const document = cluster === LOCAL_CLUSTER ? (record ?? LOCAL_RECORD) : record;
      if (!isRecord(document)) return document;
      const { discovery, ...others } = endpoint();
      const own = cluster === LOCAL_CLUSTER ? others : {};
      return { ...own, ...(discovery === undefined ? {} : { discovery }), ...document };
    },
  };
}
