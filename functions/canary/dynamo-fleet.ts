import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { callDynamo, type DynamoTools } from './dynamo-call.ts';
import { itemKey, number } from './dynamo-item.ts';
import { queryItems } from './dynamo-rows.ts';
import { FLEET_PREFIX, fleetKey, fleetPartitionOf } from './keys.ts';
import type { FleetStore } from './store.ts';
import { FLEET_SECONDS, parseJson, readFleetReport, writeStored } from './stored.ts';

/** The fleet reports in DynamoDB: one item for each environment, which expires. */
export function createDynamoFleet(tools: DynamoTools): FleetStore {
  return {
    writeFleet: async (cluster, environment, report, signal) => {
      const command = new PutItemCommand({
        TableName: tools.table,
        Item: {
          ...itemKey(fleetKey(cluster, environment)),
          report: { S: writeStored('fleet report', report) },
          expires: number(Math.ceil(report.writtenAt / 1_000) + FLEET_SECONDS),
        },
      });
      await callDynamo(tools, (abortSignal) => tools.client.send(command, { abortSignal }), signal);
    },
    readFleet: async (cluster, signal) => {
      const range = { partition: fleetPartitionOf(cluster), prefix: FLEET_PREFIX };
      const reports = (await queryItems(tools, range, signal)).map((item) =>
        readFleetReport(parseJson(item['report']?.S), item['SK']?.S ?? FLEET_PREFIX),
      );
      // DynamoDB takes its time with what has expired.
      return reports.filter((report) => report.writtenAt + FLEET_SECONDS * 1_000 > tools.now());
    },
  };
}
