import { CHANNEL_DEFAULT, type ClusterRecord } from './cluster-record.ts';
import { type HoldOptions, within } from './held.ts';
import { holdChannels, type Templates } from './held-channels.ts';
import { holdHistory, type TemplateVersions } from './held-history.ts';
import { holdRecords } from './held-records.ts';
import { nextInUse } from './next-channel.ts';
import type { Snapshot } from './snapshot.ts';
import type { TemplateStore } from './store.ts';
import type { StoreTrouble } from './trouble.ts';

/** All that a decision needs of the store for one Kubernetes cluster. */
export interface FleetState {
  /** The name of the Kubernetes cluster. */
  readonly cluster: string;
  readonly record: ClusterRecord;
  /** The templates of the record's channel, by name. */
  readonly templates: Templates;
  /** Those of its next channel; undefined where it names none with a share, that matters not, or cannot be read. */
  readonly nextTemplates?: Templates;
  /** Set when the store has not been read yet and something of this is the snapshot's. */
  readonly isSnapshot?: true;
  /** Absent: `default`. */
  readonly fleet?: string;
}

/** Serves fleet states from memory and keeps them fresh. */
export interface TemplateCache extends TemplateVersions {
  /**
   * The state for a Kubernetes cluster; waits at most `waitMs`. Throws TemplateStoreError when there is none.
   *
   * @param getsNext whether the next channel matters to the caller, who waits for it only then; absent: it does
   */
  stateFor(cluster: string, waitMs: number, getsNext?: (record: ClusterRecord) => boolean): Promise<FleetState>;
  /** The record alone: held, read or the snapshot's; undefined when it cannot be had within `waitMs`. Never throws. */
  recordFor(cluster: string, waitMs: number): Promise<ClusterRecord | undefined>;
  /**
   * Reads some cluster records and the channels that they name ahead of the first request, for INIT; never throws.
   *
   * @returns the Kubernetes clusters whose records are held now
   */
  prefetch(waitMs: number): Promise<readonly string[]>;
}

/** The configuration of a cache; times in milliseconds. */
export interface TemplateCacheOptions extends Omit<HoldOptions, 'onFailure'> {
  readonly report: (trouble: StoreTrouble) => void;
  /** Served where the store has never been read; without one, or without the cluster's record in it, there is nothing. */
  readonly snapshot?: Snapshot;
  /** The name of the fleet, which the audience of the proxies' tokens is made of; absent: `default`. */
  readonly fleet?: string;
}

/** Puts memory before a store: templates once per channel, records once per Kubernetes cluster. */
export function createTemplateCache(store: TemplateStore, options: TemplateCacheOptions): TemplateCache {
  const channelOf = holdChannels(store, options, options.report);
  const records = holdRecords(store, options, options.report);
  const history = holdHistory(store, options, options.report);
  const parsedChannels = new Map<string, Templates | undefined>();
  const fleet = options.fleet === undefined ? {} : { fleet: options.fleet };

  return {
    async stateFor(cluster, waitMs, getsNext = () => true) {
      const end = options.now() + waitMs;
      // A clock that jumps back must not lengthen the wait.
      const left = (): number => Math.min(waitMs, end - options.now());
      const held = records.of(cluster);
      const recordOfSnapshot = (): ClusterRecord | undefined => options.snapshot?.record(cluster);
      // Side by side: one after the other, two slow answers outlast the wait. A wrong guess costs one read.
      const guess = (held.last() ?? recordOfSnapshot())?.channel ?? CHANNEL_DEFAULT;
      const guessed = channelOf(guess).get(waitMs);
      guessed.catch(() => {});
      const record = await orSnapshot(held.get(waitMs), recordOfSnapshot);
      const { channel } = record.value;
      const named = nextInUse(record.value);
      const next = named !== undefined && getsNext(record.value) ? named : undefined;
      const nextReading = next && channelOf(next.channel).peek(left());
      // What was guessed and failed is not read again for the same request.
      const reading = channel === guess ? guessed : channelOf(channel).get(left());
      const templates = await orSnapshot(reading, () => snapshotOf(channel));
      // Two channels of different age must not be mixed.
      const nextTemplates = templates.isSnapshot ? next && snapshotOf(next.channel) : await nextReading;
      return {
        cluster,
        record: record.value,
        templates: templates.value,
        ...fleet,
        ...(nextTemplates === undefined ? {} : { nextTemplates }),
        ...(record.isSnapshot || templates.isSnapshot ? { isSnapshot: true } : {}),
      };
    },
    versionsOf: history.versionsOf,
    recordFor: async (cluster, waitMs) => (await records.of(cluster).peek(waitMs)) ?? options.snapshot?.record(cluster),
    async prefetch(waitMs) {
      const ahead = records.readAhead(AbortSignal.timeout(options.readMs));
      const named = ahead.then((read) =>
        Promise.all([...new Set([...read.values()].flatMap(channelsOf))].map((c) => channelOf(c).peek(waitMs))),
      );
      const reads = Promise.allSettled([ahead, channelOf(CHANNEL_DEFAULT).get(waitMs), named]);
      const [read] = (await within(reads, waitMs)) ?? [];
      return read?.status === 'fulfilled' ? [...read.value.keys()] : [];
    },
  };

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
