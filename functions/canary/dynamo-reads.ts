import type { Canary } from './canary.ts';
import type { DynamoTools } from './dynamo-call.ts';
import { readCanaryItem } from './dynamo-item.ts';
import { getItem, queryItems } from './dynamo-rows.ts';
import { answerKey, auditPrefix, CANARY_PREFIX, canaryKey, headKey, partitionOf } from './keys.ts';
import { readRows } from './read-list.ts';
import type { CanaryKey, CanaryStore } from './store.ts';
import { parseJson, readAnswer, readAudit } from './stored.ts';

/** The half of the store that reads; every read is strongly consistent. */
export function createDynamoReads(
  tools: DynamoTools,
): Pick<CanaryStore, 'readHead' | 'listCanaries' | 'getCanary' | 'listAudit' | 'findAnswer'> {
  const readHead = async (cluster: string, signal: AbortSignal): Promise<number> =>
    Number((await getItem(tools, headKey(cluster), signal))?.['head']?.N ?? 0);

  return {
    readHead,
    listCanaries: async (cluster, signal) => {
      // First the head: what is written between the two reads is then read again, never missed.
      const head = await readHead(cluster, signal);
      const range = { partition: partitionOf(cluster), prefix: CANARY_PREFIX };
      return {
        head,
        ...readRows(await queryItems(tools, range, signal), (item) => item['SK']?.S ?? '', readCanaryItem),
      };
    },
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

/** The canary under the key, if there is one. Throws CanaryStoreError. */
export async function readCanaryAt(
  tools: DynamoTools,
  key: CanaryKey,
  signal: AbortSignal,
): Promise<Canary | undefined> {
  const item = await getItem(tools, canaryKey(key), signal);
  return item === undefined ? undefined : readCanaryItem(item);
}
