import { join } from 'node:path';
import { isRecord } from '../../../functions/json/faults.ts';
import { createFileStore } from '../../../functions/template-store/file-store.ts';
import type { TemplateStore } from '../../../functions/template-store/store.ts';
import { LOCAL_CLUSTER } from './mutate.ts';

/** The shipped templates. */
export const TEMPLATES_DIR_DEFAULT = join(import.meta.dirname, '..', '..', 'templates');

/** What the local cluster gets without asking, until `<state-dir>/clusters/local.yaml` is changed to say otherwise. */
export const LOCAL_RECORD = { defaultTemplates: ['envoy-initializer'] };

/**
 * Templates from a folder; cluster records from `<state-dir>/clusters`, with a default one for the local cluster.
 *
 * @param endpoint what a running gateway knows of itself: fields of the local record that its file does not set; where
 *   proxies ask holds for the other clusters of the folder too
 * @param hasDefault whether a local cluster without a file has a record: to commands, which decide what it would get; not
 *   to a running gateway, whose callers no record lets in
 */
export function openLocalStore(
  templatesDir: string,
  stateDir: string,
  endpoint: () => Readonly<Record<string, unknown>> = () => ({}),
  hasDefault = true,
): TemplateStore {
  const files = createFileStore({ templates: templatesDir, clusters: join(stateDir, 'clusters') });
  const implied = hasDefault ? [LOCAL_CLUSTER] : [];
  const withEndpoint = (cluster: string, record: unknown): unknown => {
    const document = implied.includes(cluster) ? (record ?? LOCAL_RECORD) : record;
    if (!isRecord(document)) return document;
    const { discovery, ...others } = endpoint();
    const own = cluster === LOCAL_CLUSTER ? others : {};
    return { ...own, ...(discovery === undefined ? {} : { discovery }), ...document };
  };
  return {
    ...files,
    listClusterRecords: async (signal) => {
      const records = new Map<string, unknown>(implied.map((name) => [name, undefined]));
      for (const [name, record] of await files.listClusterRecords(signal)) records.set(name, record);
      return new Map([...records].map(([name, record]) => [name, withEndpoint(name, record)]));
    },
    listClusters: async (signal) => [...new Set([...implied, ...(await files.listClusters(signal))])],
    getClusterRecord: async (cluster, signal) => withEndpoint(cluster, await files.getClusterRecord(cluster, signal)),
  };
}
