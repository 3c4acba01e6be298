import type { Notice } from './notice.ts';

/** Where one notice still has to go. */
export interface Delivery {
  /** The name of the entry in the cluster record. */
  readonly to: string;
  /** How often it was begun, the one that goes on included. */
  readonly tries: number;
  /** Not tried again before, in milliseconds since the epoch. */
  readonly after: number;
}

/** A notice that is not everywhere yet. */
export interface PendingNotice {
  readonly notice: Notice;
  /** When it was found, in milliseconds since the epoch. */
  readonly foundAt: number;
  readonly deliveries: readonly Delivery[];
}

/** How far the notifications of a Kubernetes cluster are. It moves no version of a canary. */
export interface NoticeRecord {
  /** Counts writes: of two that were read alike one is kept. */
  readonly revision: number;
  /** The last write, in milliseconds since the epoch. */
  readonly at: number;
  /** Every change up to this version of the cluster is pending here, is sent, or was given up. */
  readonly until: number;
  readonly pending: readonly PendingNotice[];
  /** Which round is sending, and until when no other one begins; of an earlier round where the time is past. */
  readonly round: string;
  readonly busyUntil: number;
}

/** Where the notice record of each Kubernetes cluster is. Throws CanaryStoreError. */
export interface NoticeStore {
  /** Writes it where no later revision is kept. */
  keepNotices(cluster: string, record: NoticeRecord, signal: AbortSignal): Promise<void>;
  /** The last one that was kept; undefined where there is none that can be read. */
  findNotices(cluster: string, signal: AbortSignal): Promise<NoticeRecord | undefined>;
}
