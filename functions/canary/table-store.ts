import type { DriftStore } from '../drift/store.ts';
import type { ConfirmationStore } from './confirmation.ts';
import type { PaceStore } from './pace.ts';
import type { CanaryStore, FleetStore } from './store.ts';

/** All that is kept in the one table: the record of releases, what was seen of proxies, and drift reports. */
export interface TableStore extends CanaryStore, FleetStore, ConfirmationStore, PaceStore, DriftStore {}
