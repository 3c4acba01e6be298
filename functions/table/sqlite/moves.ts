import { type Heads, isNear, movesOf, parseWhose, touchedBy } from '../../canary/moves.ts';
import type { CanaryMoves } from '../../canary/store.ts';
import { goneKey, movedKey } from '../keys.ts';
import type { Rows } from '../rows.ts';
import { parseJson } from '../stored.ts';
import { readRow } from './writes.ts';

/** What was written between two heads; undefined where that is not known whole. */
export function listMoves(rows: Rows, cluster: string, heads: Heads): CanaryMoves | undefined {
  if (!isNear(heads)) return undefined;
  const versions = Array.from({ length: heads.upTo - heads.after }, (_, i) => heads.after + 1 + i);
  const writes = versions.flatMap((version) => {
    const text = rows.get(movedKey(cluster, version)) ?? rows.get(goneKey(cluster, version));
    return parseWhose(parseJson(text)) ?? [];
  });
  const touched = touchedBy(writes, heads);
  if (touched === undefined) return undefined;
  return movesOf(touched.map((whose) => ({ whose, read: () => readRow(rows, { cluster, ...whose }) })));
}
