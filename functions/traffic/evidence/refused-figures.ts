import { figuresRefused } from '../../events.ts';
import type { Log } from '../../log.ts';

/** Whose reports are refused, how many of one poll, and when, in milliseconds since the epoch. */
export type NoteRefused = (cluster: string, namespace: string, reports: number, at: number) => void;

/** A Pod that makes figures up must not fill the log. */
const LINE_EVERY_MS = 60_000;

/** Counts refused reports, and logs a line for each Kubernetes cluster at most once a minute. */
export function countRefused(log: Log): NoteRefused {
  const clusters = new Map<string, { reports: number; loggedAt: number }>();

  return (cluster, namespace, reports, at) => {
    const entry = clusters.get(cluster) ?? { reports: 0, loggedAt: Number.NEGATIVE_INFINITY };
    clusters.set(cluster, entry);
    entry.reports += reports;
    if (at >= entry.loggedAt && at < entry.loggedAt + LINE_EVERY_MS) return;
    log(figuresRefused, { cluster, namespace, reports: entry.reports });
    Object.assign(entry, { reports: 0, loggedAt: at });
  };
}
