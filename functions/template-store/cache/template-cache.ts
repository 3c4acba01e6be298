import { CHANNEL_DEFAULT, type ClusterRecord } from '../../cluster-record/cluster-record.ts';
import { nextInUse } from '../../cluster-record/next-channel.ts';
import { NoClusterRecordError } from '../../errors.ts';
import type { CachedValueOptions } from '../../http/cached-value.ts';
import { within } from '../../http/within.ts';
import type { TemplateStore } from '../store.ts';
import type { StoreProblem } from '../store-problem.ts';
import type { Snapshot } from './bundled-templates.ts';
import { cacheChannels, type Templates } from './cached-channels.ts';
import { cacheHistory, type TemplateVersions } from './cached-history.ts';
import { cacheRecords, NO_RECORD, type RecordState } from './cached-records.ts';
import type { FleetState } from './fleet-state.ts';

/** Serves fleet states from memory and keeps them fresh. */
export interface TemplateCache extends TemplateVersions {
  /**
   * The state for a Kubernetes cluster; waits at most `waitMs`. Throws TemplateStoreError when it cannot be read, and
   * NoClusterRecordError when the cluster has no record in the store, whatever the snapshot holds.
   *
   * @param getsNext whether the next channel matters to the caller, which waits for it only then; absent: it does
   */
  stateFor(cluster: string, waitMs: number, getsNext?: (record: ClusterRecord) => boolean): Promise<FleetState>;
  /**
   * The record alone: cached, read or the snapshot's; `NO_RECORD` when the store has none; undefined when
   * nothing can be had within `waitMs`. Never throws.
   */
  recordFor(cluster: string, waitMs: number): Promise<RecordState | undefined>;
  /** The cached record, of any age; never reads the store. */
  cachedRecord(cluster: string): ClusterRecord | undefined;
  /**
   * Reads some cluster records and the channels that they name ahead of the first request, for INIT; never throws.
   *
   * @returns the Kubernetes clusters whose records are cached now
   */
  prefetch(waitMs: number): Promise<readonly string[]>;
}

/** The configuration of a cache; times in milliseconds. */
export interface TemplateCacheOptions extends Omit<CachedValueOptions, 'onFailure'> {
  readonly report: (problem: StoreProblem) => void;
  /** Served where the store has never been read; without one, or without the cluster's record in it, there is nothing. */
  readonly snapshot?: Snapshot;
  /** The name of the fleet, which the audience of the proxies' tokens is made of; absent: `default`. */
  readonly fleet?: string;
}

/** Puts memory before a store: templates once per channel, records once per Kubernetes cluster. */
export function createTemplateCache(store: TemplateStore, options: TemplateCacheOptions): TemplateCache {
  const channelOf = cacheChannels(store, options, options.report);
  const records = cacheRecords(store, options, options.report);
  const history = cacheHistory(store, options, options.report);
  const parsedChannels = new Map<string, Templates | undefined>();
  const fleet = options.fleet === undefined ? {} : { fleet: options.fleet };

  return {
    async stateFor(cluster, waitMs, getsNext = () => true) {
      const ready = freshState(cluster);
      if (ready !== undefined) return ready;
      const end = options.now() + waitMs;
      // A clock that jumps back must not lengthen the wait.
      const left = (): number => Math.min(waitMs, end - options.now());
      const cached = records.of(cluster);
      const recordOfSnapshot = (): ClusterRecord | undefined => options.snapshot?.record(cluster);
      // Side by side: one after the other, two slow answers outlast the wait. A wrong guess costs one read.
      const guess = (cachedRecord(cluster) ?? recordOfSnapshot())?.channel ?? CHANNEL_DEFAULT;
      const guessed = channelOf(guess).get(waitMs);
      guessed.catch(() => {});
      const { value: record, isSnapshot } = await orSnapshot<RecordState>(cached.get(waitMs), recordOfSnapshot);
      if (record === NO_RECORD) throw new NoClusterRecordError(`Kubernetes cluster ${cluster} has no record`);
      // A read that was guessed and failed is not repeated for the same request.
      const reading = record.channel === guess ? guessed : channelOf(record.channel).get(left());
      const templates = await templatesOf(record, reading, getsNext(record) ? left() : undefined);
      return { cluster, record, ...templates, ...fleet, ...(isSnapshot ? { isSnapshot } : {}) };
    },
    versionsOf: history.versionsOf,
    recordFor: async (cluster, waitMs) =>
      (await records.of(cluster).tryGet(waitMs)) ?? options.snapshot?.record(cluster),
    cachedRecord,
    async prefetch(waitMs) {
      const ahead = records.readAhead(AbortSignal.timeout(options.readMs));
      const named = ahead.then((read) =>
        Promise.all([...new Set([...read.values()].flatMap(channelsOf))].map((c) => channelOf(c).tryGet(waitMs))),
      );
      const reads = Promise.allSettled([ahead, channelOf(CHANNEL_DEFAULT).get(waitMs), named]);
      const [read] = (await within(reads, waitMs)) ?? [];
      return read?.status === 'fulfilled' ? [...read.value.keys()] : [];
    },
  };

  /** What nearly every request gets: all of it fresh, and no next channel. Nothing is waited for. */
  function freshState(cluster: string): FleetState | undefined {
    const record = records.of(cluster).fresh();
    if (record === undefined || record === NO_RECORD || nextInUse(record) !== undefined) return undefined;
    const templates = channelOf(record.channel).fresh();
    return templates === undefined ? undefined : { cluster, record, templates, ...fleet };
  }

  /** @param nextMs how long the next channel is waited for; undefined where it does not matter */
  async function templatesOf(
    record: ClusterRecord,
    reading: Promise<Templates>,
    nextMs: number | undefined,
  ): Promise<Pick<FleetState, 'templates' | 'nextTemplates' | 'isSnapshot'>> {
    const next = nextMs === undefined ? undefined : nextInUse(record);
    const nextReading = next && channelOf(next.channel).tryGet(nextMs ?? 0);
    const { value: templates, isSnapshot } = await orSnapshot(reading, () => snapshotOf(record.channel));
    // Two channels of different age must not be mixed.
    const nextTemplates = isSnapshot ? next && snapshotOf(next.channel) : await nextReading;
    return {
      templates,
      ...(nextTemplates === undefined ? {} : { nextTemplates }),
      ...(isSnapshot ? { isSnapshot } : {}),
    };
  }

  function cachedRecord(cluster: string): ClusterRecord | undefined {
    const state = records.of(cluster).last();
    return state === NO_RECORD ? undefined : state;
  }

  function snapshotOf(channel: string): Templates | undefined {
    if (!parsedChannels.has(channel)) parsedChannels.set(channel, options.snapshot?.templates(channel));
    return parsedChannels.get(channel);
  }
}

function channelsOf(record: ClusterRecord): readonly string[] {
  const next = nextInUse(record);
  return next === undefined ? [record.channel] : [record.channel, next.channel];
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
