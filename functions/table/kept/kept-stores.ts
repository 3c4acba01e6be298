import type { ConfirmationStore } from '../../canary/confirmation.ts';
import type { PaceStore } from '../../canary/pace.ts';
import type { LookLeaseStore } from '../../canary/steps/lease.ts';
import type { ReleaseRecordStore } from '../../canary/steps/release-record.ts';
import type { DriftStore } from '../../drift/store.ts';
import type { NoticeStore } from '../../notifications/notice-record.ts';
import { createConfirmationStore } from './confirmation.ts';
import { createDriftStore } from './drift-report.ts';
import type { KeptValues } from './kept.ts';
import { createLookLeaseStore } from './lease.ts';
import { createNoticeStore } from './notices.ts';
import { createPaceStore } from './pace.ts';
import { createReleaseRecordStore } from './release-record.ts';

/** The stores of all kept values. */
export interface KeptStores
  extends PaceStore,
    ConfirmationStore,
    ReleaseRecordStore,
    LookLeaseStore,
    NoticeStore,
    DriftStore {}

/** Makes the stores of all kept values of what one backend does for each of them. */
export function createKeptStores(values: KeptValues): KeptStores {
  return {
    ...createPaceStore(values),
    ...createConfirmationStore(values),
    ...createReleaseRecordStore(values),
    ...createLookLeaseStore(values),
    ...createNoticeStore(values),
    ...createDriftStore(values),
  };
}
