import { isRecord, isTexts } from '../../json/faults.ts';
import type { NoticeRecord, NoticeStore } from '../../notifications/notice-record.ts';
import { PENDING_MAX } from '../../notifications/pending.ts';
import { rowKey, segments } from '../row-key.ts';
import type { Kept, KeptValues } from './kept.ts';

/** A record that cannot be read stands in the way of its like no longer than this, in milliseconds. */
const STALE_MS = 3_600_000;

/** How far the notifications of a Kubernetes cluster are: `notices`, in a partition that `advance` alone writes to. */
const NOTICES: Kept<string, NoticeRecord> = {
  title: 'record of notifications',
  attribute: 'notices',
  keyOf: (cluster) => rowKey(cluster, 'notices', `V#${segments(cluster)}`),
  decode: (document) => (isNoticeRecord(document) ? document : undefined),
  numbersOf: ({ revision, at }) => ({ revision, at }),
  givesWay: ({ revision, at }) => [
    { number: 'revision', is: '<', than: revision },
    { number: 'at', is: '<', than: at - STALE_MS },
  ],
};

/** The records of notifications as kept values: one for each Kubernetes cluster. */
export function createNoticeStore(values: KeptValues): NoticeStore {
  return {
    keepNotices: (cluster, record, signal) => values.write(NOTICES, cluster, record, signal),
    findNotices: (cluster, signal) => values.read(NOTICES, cluster, signal),
  };
}

function isNoticeRecord(value: unknown): value is NoticeRecord {
  if (!isRecord(value)) return false;
  const { pending, round } = value;
  return (
    typeof round === 'string' &&
    ['revision', 'at', 'until', 'busyUntil'].every((key) => Number.isSafeInteger(value[key])) &&
    Array.isArray(pending) &&
    pending.length <= PENDING_MAX &&
    pending.every(isPending)
  );
}

function isPending(value: unknown): boolean {
  if (!isRecord(value) || !isRecord(value['notice']) || !Array.isArray(value['deliveries'])) return false;
  const texts = ['id', 'type', 'time', 'cluster', 'namespace', 'name', 'who', 'verb', 'resourceVersion'];
  return (
    isTexts(value['notice'], ...texts) &&
    value['deliveries'].every(
      (each) => isRecord(each) && isTexts(each, 'to') && ['tries', 'after'].every((key) => Number.isFinite(each[key])),
    )
  );
}
