import { heapPerProxy } from '../support/heap-per-proxy.ts';
import type { Row } from './rows.ts';

const PROXIES = 1_000;

/** What a proxy that sends whole polls costs `discovery` in memory: its token and what it was seen to run. */
export async function heapRows(): Promise<readonly Row[]> {
  return [{ name: 'heap per proxy', value: (await heapPerProxy(PROXIES)) / 1_024, unit: 'KB', goal: 0.5 }];
}
