import type { Canary } from '../../canary/canary.ts';
import type { CanaryKey, CanaryStore } from '../../canary/store.ts';
import { answerKey, auditPrefix, canaryKey, canaryPrefix, headKey } from '../keys.ts';
import { readRows } from '../read-list.ts';
import { partitionOf } from '../row-key.ts';
import { parseJson, readAnswer, readAudit } from '../stored.ts';
import type { DynamoTools } from './call.ts';
import { type Item, readCanaryItem } from './item.ts';
import { listDynamoMoves } from './moves.ts';
import { getItem, queryItems } from './rows.ts';

/** The half of the store that reads; every read is strongly consistent. */
export function createDynamoReads(
  tools: DynamoTools,
): Pick<CanaryStore, 'readHead' | 'listCanaries' | 'listMoves' | 'getCanary' | 'listAudit' | 'findAnswer'> {
  return {
    readHead: (cluster, signal) => readHeadOf(tools, cluster, signal),
    listCanaries: async (cluster, signal, namespace) => {
      // First the head: what is written between the two reads is then read again, never missed.
      const head = await readHeadOf(tools, cluster, signal);
      const range = { partition: partitionOf(cluster), prefix: canaryPrefix(namespace) };
      return {
        head,
        ...readRows(await queryItems(tools, range, signal), (item) => item['SK']?.S ?? '', readCanaryItem),
      };
    },
    listMoves: (cluster, heads, signal) => listDynamoMoves(tools, cluster, heads, signal),
    getCanary: (key, signal) => readCanaryAt(tools, key, signal),
    listAudit: async (key, limit, signal) => {
      const range = { partition: partitionOf(key.cluster), prefix: auditPrefix(key), newestFirst: { limit } };
      const items = await queryItems(tools, range, signal);
      return items.map((item) => readAudit(parseJson(item['audit']?.S), item['SK']?.S ?? ''));
    },
    findAnswer: async (cluster, key, signal) => {
      const item = await getItem(tools, answerKey(cluster, key), signal);
      const expires = Number(item?.['expires']?.N);
      // DynamoDB takes its time with what has expired.
      if (item === undefined || expires * 1_000 <= tools.now()) return undefined;
      const rest = parseJson(item['answer']?.S);
      return readAnswer(typeof rest === 'object' ? { ...rest, expires } : rest, item['SK']?.S ?? '');
    },
  };
}

/** The version of the last write in the Kubernetes cluster; 0 before the first. Throws CanaryStoreError. */
export async function readHeadOf(tools: DynamoTools, cluster: string, signal: AbortSignal): Promise<number> {
  return headIn(await getItem(tools, headKey(cluster), signal));
}

/** The head that an item is; 0 where there is none. */
export function headIn(item: Item | undefined): number {
  return Number(item?.['head']?.N ?? 0);
}

/** The canary under the key, if there is one. Throws CanaryStoreError. */
export async function readCanaryAt(
  tools: DynamoTools,
  key: CanaryKey,
  signal: AbortSignal,
): Promise<Canary | undefined> {
  const item = await getItem(tools, canaryKey(key), signal);
  return item === undefined ? undefined : readCanaryItem(item);
}
