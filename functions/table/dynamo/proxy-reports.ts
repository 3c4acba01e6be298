import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { FleetStore } from '../../canary/proxy-reports.ts';
import { FLEET_PREFIX, fleetPartitionsOf, spreadFleetKey } from '../keys.ts';
import { FLEET_SECONDS, parseJson, readFleetReport, writeStored } from '../stored.ts';
import { callDynamo, type DynamoTools } from './call.ts';
import { itemKey, number } from './item.ts';
import { queryItems } from './rows.ts';

/** The fleet reports in DynamoDB: one item for each environment, which expires; spread over partitions. */
export function createDynamoFleet(tools: DynamoTools): FleetStore {
  return {
    writeFleet: async (cluster, environment, report, signal) => {
      const command = new PutItemCommand({
        TableName: tools.table,
        Item: {
          ...itemKey(spreadFleetKey(cluster, environment)),
          report: { S: writeStored('fleet report', report) },
          expires: number(Math.ceil(report.writtenAt / 1_000) + FLEET_SECONDS),
        },
      });
      await callDynamo(tools, (abortSignal) => tools.client.send(command, { abortSignal }), signal);
    },
    readFleet: async (cluster, signal) => {
      const inPartition = (partition: string) => queryItems(tools, { partition, prefix: FLEET_PREFIX }, signal);
      const items = await Promise.all(fleetPartitionsOf(cluster).map(inPartition));
      const reports = items
        .flat()
        .map((item) => readFleetReport(parseJson(item['report']?.S), item['SK']?.S ?? FLEET_PREFIX));
      // DynamoDB takes its time with what has expired.
      return reports.filter((report) => report.writtenAt + FLEET_SECONDS * 1_000 > tools.now());
    },
  };
}
