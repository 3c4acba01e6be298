/** One template as a store holds it: the JSON document, or why there is none. */
export type StoredTemplate = {
  readonly name: string;
  /** What the store calls this version; changes whenever the document does. */
  readonly version: string;
} & ({ readonly document: unknown } | { readonly unreadable: string });

/** The newest versions of a template that are looked through for what a Pod was injected with before. */
export const HISTORY_MAX = 20;

/** What was published before; a store that does not know it has none of this. */
export interface TemplateHistory {
  /**
   * Versions of a template, newest first: the `HISTORY_MAX` newest, and before them the one that `hint` names, where it
   * is kept. A template without any is an empty list; a version that cannot be read hides no other.
   *
   * @param hint what the store calls a version; from a Pod, so it may be anything
   */
  listVersions(name: string, hint: string | undefined, signal: AbortSignal): Promise<readonly StoredTemplate[]>;
}

/** Records that are read ahead: one page of Parameter Store. */
export const RECORDS_AHEAD_MAX = 10;

/**
 * Where templates and cluster records come from. Implementations: Parameter Store, a folder of files, memory; all are
 * held to `test/contract/template-store.ts`. All calls reject with any error when the store cannot be read (the cache
 * translates it), and when `signal` aborts.
 */
export interface TemplateStore extends Partial<TemplateHistory> {
  /** Every template that carries the channel, in no particular order. One bad document never hides the others. */
  listTemplates(channel: string, signal: AbortSignal): Promise<readonly StoredTemplate[]>;
  /** Up to ten cluster records by name: what a function reads ahead at INIT, before it knows which clusters will call. */
  listClusterRecords(signal: AbortSignal): Promise<ReadonlyMap<string, unknown>>;
  /** The names of all that have a record, whether it can be read or not; rejects where that is more than it can list. */
  listClusters(signal: AbortSignal): Promise<readonly string[]>;
  /** The record of a Kubernetes cluster as a JSON value; undefined when there is none. */
  getClusterRecord(cluster: string, signal: AbortSignal): Promise<unknown>;
}

/** Of versions, newest first, those that are looked through: the one that is hinted at, and the newest. */
export function versionsToTry<T extends { readonly version: string | number }>(
  newestFirst: readonly T[],
  hint: string | undefined,
): readonly T[] {
  const hinted = newestFirst.filter(({ version }) => String(version) === hint);
  return [...hinted, ...newestFirst.slice(0, HISTORY_MAX).filter((one) => !hinted.includes(one))];
}
