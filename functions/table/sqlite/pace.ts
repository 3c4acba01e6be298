import { outweighs, type Pace, type PaceStore } from '../../canary/pace.ts';
import { isRecord } from '../../json/faults.ts';
import { paceKey } from '../keys.ts';
import type { Transact } from '../rows.ts';
import { parseJson } from '../stored.ts';

/** The pace of each Kubernetes cluster on rows with transactions. */
export function createRowPace(transact: Transact): PaceStore {
  return {
    notePace: (cluster, pace, signal) =>
      transact(
        'write',
        (rows) => {
          const row = paceKey(cluster);
          if (outweighs(pace, parsePace(parseJson(rows.get(row))))) rows.put(row, JSON.stringify(pace));
        },
        signal,
      ),
    findPace: (cluster, signal) => transact('read', (rows) => parsePace(parseJson(rows.get(paceKey(cluster)))), signal),
  };
}

function parsePace(value: unknown): Pace | undefined {
  const { refreshMs, at } = isRecord(value) ? value : {};
  return typeof refreshMs === 'number' && typeof at === 'number' ? { refreshMs, at } : undefined;
}
