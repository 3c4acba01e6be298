import { TemplateStoreError } from '../errors.ts';
import { describeFaults } from '../faults.ts';
import { createAcceptance } from './acceptance.ts';
import { CHANNEL_DEFAULT, type ClusterRecord, parseClusterRecord } from './cluster-record.ts';
import { type Held, type HoldOptions, hold, within } from './held.ts';
import type { Snapshot } from './snapshot.ts';
import type { TemplateStore } from './store.ts';
import type { Template } from './template.ts';

/** All that a decision needs of the store for one Kubernetes cluster. */
export interface FleetState {
  /** The name of the Kubernetes cluster. */
  readonly cluster: string;
  readonly record: ClusterRecord;
  /** The templates of the record's channel, by name. */
  readonly templates: ReadonlyMap<string, Template>;
  /** Set when the store has not been read yet and something of this is the snapshot's. */
  readonly isSnapshot?: true;
  /** Absent: `default`. */
  readonly fleet?: string;
}

/** Serves fleet states from memory and keeps them fresh. */
export interface TemplateCache {
  /** The state for a Kubernetes cluster; waits at most `waitMs`. Throws TemplateStoreError when there is none. */
  stateFor(cluster: string, waitMs: number): Promise<FleetState>;
  /**
   * Reads the default channel and some cluster records ahead of the first request, for INIT; never throws.
   *
   * @returns the Kubernetes clusters whose records are held now
   */
  prefetch(waitMs: number): Promise<readonly string[]>;
}

/** Something that went wrong with the store, for the log. */
export interface StoreTrouble {
  readonly what: 'store unreadable' | 'template refused' | 'cluster record refused' | 'cluster record missing';
  readonly name: string;
  readonly why: string;
}

/** The configuration of a cache; times in milliseconds. */
export interface TemplateCacheOptions extends Omit<HoldOptions, 'onFailure'> {
  readonly report: (trouble: StoreTrouble) => void;
  /** Served where the store has never been read; without one, or without the cluster's record in it, there is nothing. */
  readonly snapshot?: Snapshot;
  /** The name of the fleet, which the audience of the proxies' tokens is made of; absent: `default`. */
  readonly fleet?: string;
}

/**
 * Puts memory before a store: templates once per channel, records once per Kubernetes cluster. A document that does not
 * parse is reported once per version and never replaces the last good one.
 */
export function createTemplateCache(store: TemplateStore, options: TemplateCacheOptions): TemplateCache {
  const channels = new Map<string, Held<ReadonlyMap<string, Template>>>();
  const records = new Map<string, Held<ClusterRecord>>();
  const parsedChannels = new Map<string, ReadonlyMap<string, Template> | undefined>();
  const named = options.fleet === undefined ? {} : { fleet: options.fleet };
  const onFailure = (name: string) => (error: unknown) =>
    options.report({ what: 'store unreadable', name, why: error instanceof Error ? error.name : 'unknown error' });

  return {
    async stateFor(cluster, waitMs) {
      const end = options.now() + waitMs;
      const record = await orSnapshot(recordOf(cluster).get(waitMs), () => options.snapshot?.record(cluster));
      const { channel } = record.value;
      // A clock that jumps back must not lengthen the wait.
      const reading = channelOf(channel).get(Math.min(waitMs, end - options.now()));
      const templates = await orSnapshot(reading, () => snapshotOf(channel));
      const state = { cluster, record: record.value, templates: templates.value, ...named };
      return record.isSnapshot || templates.isSnapshot ? { ...state, isSnapshot: true } : state;
    },
    async prefetch(waitMs) {
      const reads = Promise.allSettled([prefetchRecords(), channelOf(CHANNEL_DEFAULT).get(waitMs)]);
      const [names] = (await within(reads, waitMs)) ?? [];
      return names?.status === 'fulfilled' ? names.value : [];
    },
  };

  function snapshotOf(channel: string): ReadonlyMap<string, Template> | undefined {
    if (!parsedChannels.has(channel)) parsedChannels.set(channel, options.snapshot?.templates(channel));
    return parsedChannels.get(channel);
  }

  async function prefetchRecords(): Promise<readonly string[]> {
    const names: string[] = [];
    for (const [name, document] of await store.listClusterRecords(AbortSignal.timeout(options.readMs))) {
      const parsed = parseClusterRecord(document);
      // A bad one is reported when its cluster calls.
      if (!parsed.valid) continue;
      recordOf(name).put(parsed.value);
      names.push(name);
    }
    return names;
  }

  function recordOf(cluster: string): Held<ClusterRecord> {
    let lastGood: ClusterRecord | undefined;
    let isStored = false;
    return ensure(records, cluster, () =>
      hold(
        async (signal) => {
          const document = await store.getClusterRecord(cluster, signal);
          if (document === undefined && lastGood !== undefined && isStored) {
            // Its minEpoch must not fall back to 0: revoked tokens would be good again.
            options.report({ what: 'cluster record missing', name: cluster, why: 'the last one is kept' });
            return lastGood;
          }
          isStored ||= document !== undefined;
          const parsed = parseClusterRecord(document ?? {});
          if (parsed.valid) {
            lastGood = parsed.value;
            return parsed.value;
          }
          options.report({ what: 'cluster record refused', name: cluster, why: describeFaults(parsed.faults) });
          if (lastGood === undefined) throw new TemplateStoreError('the cluster record is not valid');
          return lastGood;
        },
        { ...options, onFailure: onFailure(cluster) },
      ),
    );
  }

  function channelOf(channel: string): Held<ReadonlyMap<string, Template>> {
    const accept = createAcceptance((name, why) => options.report({ what: 'template refused', name, why }));
    return ensure(channels, channel, () =>
      hold(async (signal) => accept(await store.listTemplates(channel, signal)), {
        ...options,
        onFailure: onFailure(channel),
      }),
    );
  }
}

/** What was read, or else what the snapshot holds; throws what the reading threw when that is nothing. */
async function orSnapshot<T>(
  reading: Promise<T>,
  snapshot: () => T | undefined,
): Promise<{ readonly value: T; readonly isSnapshot: boolean }> {
  try {
    return { value: await reading, isSnapshot: false };
  } catch (error) {
    const value = snapshot();
    if (value === undefined) throw error;
    return { value, isSnapshot: true };
  }
}

function ensure<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
