/** One template as a store holds it: the JSON document, or why there is none. */
export type StoredTemplate = {
  readonly name: string;
  /** What the store calls this version; changes whenever the document does. */
  readonly version: string;
} & ({ readonly document: unknown } | { readonly unreadable: string });

/** Records that are read ahead: one page of Parameter Store. */
export const RECORDS_AHEAD_MAX = 10;

/**
 * Where templates and cluster records come from. Implementations: Parameter Store, a folder of files, memory; all are
 * held to `test/contract/template-store.ts`. All calls reject with any error when the store cannot be read (the cache
 * translates it), and when `signal` aborts.
 */
export interface TemplateStore {
  /** Every template that carries the channel, in no particular order. One bad document never hides the others. */
  listTemplates(channel: string, signal: AbortSignal): Promise<readonly StoredTemplate[]>;
  /** Up to ten cluster records by name: what a function reads ahead at INIT, before it knows who will call. */
  listClusterRecords(signal: AbortSignal): Promise<ReadonlyMap<string, unknown>>;
  /** The names of all that have a record, whether it can be read or not; rejects where that is more than it can list. */
  listClusters(signal: AbortSignal): Promise<readonly string[]>;
  /** The record of a Kubernetes cluster as a JSON value; undefined when there is none. */
  getClusterRecord(cluster: string, signal: AbortSignal): Promise<unknown>;
}
