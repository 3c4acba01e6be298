import type { FleetStore } from '../canary/proxy-reports.ts';
import type { CanaryStore } from '../canary/store.ts';
import type { KeptStores } from './kept/kept-stores.ts';

/** All that is kept in the one table: the record of releases, what was seen of proxies, and drift reports. */
export interface TableStore extends CanaryStore, FleetStore, KeptStores {}
