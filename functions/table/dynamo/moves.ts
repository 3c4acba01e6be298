import { type Heads, isNear, movesOf, parseWhose, touchedBy } from '../../canary/moves.ts';
import type { CanaryMoves } from '../../canary/store.ts';
import { canaryKey, goneKey, movedKey } from '../keys.ts';
import type { RowKey } from '../row-key.ts';
import type { DynamoTools } from './call.ts';
import { type Item, readCanaryItem } from './item.ts';
import { getItem, queryItems } from './rows.ts';

/**
 * What was written between two heads, by two queries and one read for each canary; undefined where that is not known
 * whole. Throws CanaryStoreError.
 */
export async function listDynamoMoves(
  tools: DynamoTools,
  cluster: string,
  heads: Heads,
  signal: AbortSignal,
): Promise<CanaryMoves | undefined> {
  if (!isNear(heads)) return undefined;
  const between = async (keyOf: (cluster: string, version: number) => RowKey): Promise<readonly Item[]> => {
    const [first, last] = [keyOf(cluster, heads.after + 1), keyOf(cluster, heads.upTo)];
    return await queryItems(tools, { partition: first.partition, from: first.sort, to: last.sort }, signal);
  };
  const items = (await Promise.all([between(movedKey), between(goneKey)])).flat();
  const writes = items.flatMap(({ namespace, name }) => parseWhose({ namespace: namespace?.S, name: name?.S }) ?? []);
  const touched = touchedBy(writes, heads);
  if (touched === undefined) return undefined;
  const reads = touched.map(async (whose) => {
    const item = await getItem(tools, canaryKey({ cluster, ...whose }), signal);
    return { whose, read: () => (item === undefined ? undefined : readCanaryItem(item)) };
  });
  return movesOf(await Promise.all(reads));
}
