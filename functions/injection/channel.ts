import { hash } from 'node:crypto';
import type { ClusterRecord } from '../cluster-record/cluster-record.ts';
import type { Templates } from '../template-store/cache/cached-channels.ts';
import type { FleetState } from '../template-store/cache/fleet-state.ts';

/** Why a workload gets the templates of one channel and not of the other. */
export const CHANNEL_REASONS = {
  OnlyChannel: 'the cluster record names no next channel',
  InShare: 'the workload is in the share of the next channel',
  OutsideShare: 'the workload is outside the share of the next channel',
  Shadow: 'the workload is in the share of the next channel, which is in shadow mode: tried, never served',
  NextUnavailable: 'the workload is in the share of the next channel, which cannot be read or holds no template',
} as const;

/** A code of `CHANNEL_REASONS`. */
export type ChannelReason = keyof typeof CHANNEL_REASONS;

/** Which channel a workload is served, and why. */
export interface ChannelChoice {
  readonly channel: string;
  readonly reason: ChannelReason;
  /** The workload's place from 0 to 99; only where there is a next channel. It is in the share when it is below it. */
  readonly place?: number;
}

/** A choice, with what there is to serve and to try. */
export interface ChosenChannel {
  readonly choice: ChannelChoice;
  readonly templates: Templates;
  /** In shadow mode, for the workloads of the share: what the next channel would have served. */
  readonly shadow?: { readonly channel: string; readonly templates: Templates };
}

const PLACES = 100;

/**
 * Chooses the channel for a workload. The next channel is laid over the current one: a template that does not carry its
 * label, or is no good there, is the current channel's, so that promoting one template does not take the others away.
 *
 * @param owner the name of the workload, the same for all its replicas; asked only when there is a next channel
 */
export function chooseChannel(state: FleetState, namespace: string, owner: () => string): ChosenChannel {
  const { templates, nextTemplates, cluster } = state;
  const { channel, next } = state.record;
  if (next === undefined || next.channel === channel) return { choice: { channel, reason: 'OnlyChannel' }, templates };
  const place = placeOf(cluster, namespace, owner());
  const current = (reason: ChannelReason): ChosenChannel => ({ choice: { channel, reason, place }, templates });
  if (place >= next.share) return current('OutsideShare');
  if (nextTemplates === undefined || nextTemplates.size === 0) return current('NextUnavailable');
  const laid: Templates = new Map([...templates, ...nextTemplates]);
  return next.shadow
    ? { ...current('Shadow'), shadow: { channel: next.channel, templates: laid } }
    : { choice: { channel: next.channel, reason: 'InShare', place }, templates: laid };
}

/** Whether a workload is in the share of a record's next channel. */
export function isInShare(
  { next }: ClusterRecord,
  { cluster, namespace, owner }: { readonly cluster: string; readonly namespace: string; readonly owner: string },
): boolean {
  return next !== undefined && placeOf(cluster, namespace, owner) < next.share;
}

/**
 * A workload's place in every roll-out: the first 48 bits of the SHA-256 of its Kubernetes cluster, namespace and name,
 * modulo 100 (uniform to 1 part in 10^12). It depends on nothing else, so replicas agree, and a raised share only adds
 * workloads.
 */
export function placeOf(cluster: string, namespace: string, owner: string): number {
  // As JSON, so that no two triples read alike.
  const digest = hash('sha256', JSON.stringify([cluster, namespace, owner]), 'hex');
  return Number.parseInt(digest.slice(0, 12), 16) % PLACES;
}
