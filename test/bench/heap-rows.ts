import { heapPerProxy } from '../support/heap-per-proxy.ts';
import type { Row } from './rows.ts';

const PROXIES = 1_000;
/** So many honest proxies, and as many hostile ones. */
const MIXED = 6_000;
/** Of fewer than these what the code takes once shows: it is collected meanwhile. */
const TELLING = 3_000;

/** What a proxy that sends whole polls costs `discovery` in memory: its token and what it was seen to run. */
export async function heapRows(): Promise<readonly Row[]> {
  const [honest, mixed] = [await heapPerProxy(PROXIES), await heapPerProxy(MIXED, MIXED)];
  const telling = await heapPerProxy(TELLING, 0, 'figures');
  return [
    { name: 'heap per proxy', value: honest / 1_024, unit: 'KB', goal: 0.5 },
    {
      name: `heap per proxy with figures, of ${TELLING}, clock standing`,
      value: telling / 1_024,
      unit: 'KB',
      goal: 0.5,
    },
    { name: `heap per proxy, ${MIXED} honest and ${MIXED} hostile`, value: mixed / 1_024, unit: 'KB', goal: 0.5 },
  ];
}
