import {
  RECORDS_AHEAD_MAX,
  type StoredTemplate,
  type TemplateHistory,
  type TemplateStore,
  versionsToTry,
} from './store.ts';

/** A store that holds everything in memory, with the means to fill it. */
export interface MemoryStore extends Omit<TemplateStore, 'listVersions'>, TemplateHistory {
  /** Adds a document as the next version and moves the channel to it. */
  put(name: string, document: unknown, channel: string): void;
  /** Adds a version that cannot be read, as a broken parameter or file would be. */
  putUnreadable(name: string, why: string, channel: string): void;
  remove(name: string): void;
  putClusterRecord(cluster: string, document: unknown): void;
}

/** Makes an empty store; for tests, and for commands that have their templates at hand. */
export function createMemoryStore(): MemoryStore {
  const versions = new Map<string, number>();
  const channels = new Map<string, Map<string, StoredTemplate>>();
  const history = new Map<string, readonly StoredTemplate[]>();
  const records = new Map<string, unknown>();
  const add = (name: string, channel: string, content: { document: unknown } | { unreadable: string }): void => {
    const version = (versions.get(name) ?? 0) + 1;
    versions.set(name, version);
    const templates = channels.get(channel) ?? new Map<string, StoredTemplate>();
    const stored = { name, version: String(version), ...content };
    channels.set(channel, templates.set(name, stored));
    history.set(name, [stored, ...(history.get(name) ?? [])]);
  };
  return {
    put: (name, document, channel) => add(name, channel, { document }),
    putUnreadable: (name, unreadable, channel) => add(name, channel, { unreadable }),
    remove: (name) => {
      for (const templates of channels.values()) templates.delete(name);
      history.delete(name);
    },
    putClusterRecord: (cluster, document) => void records.set(cluster, document),
    listTemplates: async (channel, signal) => {
      signal.throwIfAborted();
      return [...(channels.get(channel)?.values() ?? [])];
    },
    listVersions: async (name, hint, signal) => {
      signal.throwIfAborted();
      return versionsToTry(history.get(name) ?? [], hint);
    },
    listClusterRecords: async (signal) => {
      signal.throwIfAborted();
      return new Map([...records].slice(0, RECORDS_AHEAD_MAX));
    },
    listClusters: async (signal) => {
      signal.throwIfAborted();
      return [...records.keys()];
    },
    getClusterRecord: async (cluster, signal) => {
      signal.throwIfAborted();
      return records.get(cluster);
    },
  };
}
