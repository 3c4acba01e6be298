import type { EvidenceStore } from '../canary/evidence/evidence-store.ts';
import type { FreezeStore } from '../canary/freeze/freeze-store.ts';
import type { ProxyReportStore } from '../canary/proxy-reports.ts';
import type { CanaryStore } from '../canary/store.ts';
import type { KeptStores } from './kept/kept-stores.ts';

/** All that is kept in the one table: releases, freezes, what was seen of proxies and what they counted, and drift reports. */
export interface TableStore extends CanaryStore, FreezeStore, ProxyReportStore, EvidenceStore, KeptStores {}
