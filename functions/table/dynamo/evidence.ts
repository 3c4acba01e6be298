import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EVIDENCE_SECONDS, type EvidenceStore } from '../../canary/evidence/evidence-store.ts';
import { evidenceKey, evidenceRange, HOSTS_PREFIX, hostsKey } from '../keys.ts';
import { proxyPartitionOf, type RowKey } from '../row-key.ts';
import { parseJson, writeStored } from '../stored.ts';
import { HOSTS_SECONDS, parseEvidence, parseHostsRow } from '../stored-evidence.ts';
import { callDynamo, type DynamoTools } from './call.ts';
import { itemKey, number } from './item.ts';
import { queryItems } from './rows.ts';

/** What proxies counted, in DynamoDB: items that expire, in the partitions that `discovery` may write to. */
export function createDynamoEvidence(tools: DynamoTools): EvidenceStore {
  const put = async (key: RowKey, text: string, expires: number, signal: AbortSignal): Promise<void> => {
    const Item = { ...itemKey(key), row: { S: text }, expires: number(Math.ceil(expires)) };
    const command = new PutItemCommand({ TableName: tools.table, Item });
    await callDynamo(tools, (abortSignal) => tools.client.send(command, { abortSignal }), signal);
  };
  return {
    writeEvidence: async (key, environment, row, signal) =>
      await put(
        evidenceKey(key, row.slot, environment),
        writeStored('evidence', row),
        row.slot / 1_000 + EVIDENCE_SECONDS,
        signal,
      ),
    readEvidence: async (key, { from, to }, signal) => {
      // DynamoDB takes its time with what has expired.
      const first = Math.max(from, tools.now() - EVIDENCE_SECONDS * 1_000 + 1);
      // DynamoDB refuses a range that ends before it begins.
      const items = first > to ? [] : await queryItems(tools, evidenceRange(key, { from: first, to }), signal);
      return items.flatMap((item) => parseEvidence(parseJson(item['row']?.S)) ?? []);
    },
    writeHosts: async (cluster, environment, row, signal) =>
      await put(
        hostsKey(cluster, environment),
        writeStored('hosts', row),
        row.writtenAt / 1_000 + HOSTS_SECONDS,
        signal,
      ),
    readHosts: async (cluster, signal) => {
      const range = { partition: proxyPartitionOf(cluster), prefix: HOSTS_PREFIX };
      const items = await queryItems(tools, range, signal);
      return items
        .flatMap((item) => parseHostsRow(parseJson(item['row']?.S)) ?? [])
        .filter(({ writtenAt }) => writtenAt + HOSTS_SECONDS * 1_000 > tools.now());
    },
  };
}
