import { type Check, own } from '../json/check.ts';
import type { Json } from '../json/json.ts';

/** The channel that a share of the workloads gets ahead of the others. */
export interface NextChannel {
  readonly channel: string;
  /** Whole percent of the workloads, 0 to 100. */
  readonly share: number;
  /** The share's Pods are tried with the next channel and the results compared, but all get the current one. */
  readonly shadow: boolean;
}

/** Parameter Store's grammar for labels, which channels are. */
const CHANNEL = /^[A-Za-z_-][A-Za-z0-9._-]{0,99}$/;

/** Reads a field that names a channel; without a fallback it must be there. */
export function parseChannel(check: Check, owner: Json, key: string, path: string, fallback?: string): string {
  const channel = check.string(owner, key, path, fallback);
  const value = own(owner, key) ?? fallback;
  // What is no text has its fault already.
  if (typeof value === 'string' && !CHANNEL.test(channel)) {
    check.fault(path, 'must be letters, digits, ., - and _, and not begin with a digit');
  }
  return channel;
}

/** Reads `next` of a cluster record; undefined when absent. Fields of a newer version are passed over. */
export function parseNextChannel(check: Check, record: Json): NextChannel | undefined {
  const next = check.object(record, 'next', 'next');
  if (next === undefined) return undefined;
  return {
    channel: parseChannel(check, next, 'channel', 'next.channel'),
    share: check.integer(next, 'share', 'next.share', { min: 0, max: 100, fallback: 0 }),
    shadow: check.boolean(next, 'shadow', 'next.shadow', false),
  };
}

/** The next channel of a record, where it names one that some workload gets or is tried with. */
export function nextInUse(record: { readonly channel: string; readonly next?: NextChannel }): NextChannel | undefined {
  const { channel, next } = record;
  return next !== undefined && next.share > 0 && next.channel !== channel ? next : undefined;
}
