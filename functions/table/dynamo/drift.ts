import { ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { readReport } from '../../drift/report.ts';
import { type DriftStore, expiryOf, latestAt, stands, timeOf } from '../../drift/store.ts';
import { driftKey } from '../keys.ts';
import { parseJson, writeStored } from '../stored.ts';
import { callDynamo, type DynamoTools } from './call.ts';
import { itemKey, number } from './item.ts';
import { getItem } from './rows.ts';

/** The drift reports in DynamoDB: one item for each Kubernetes cluster, which expires. */
export function createDynamoDrift(tools: DynamoTools): DriftStore {
  return {
    writeDrift: async (report, signal) => {
      const command = new PutItemCommand({
        TableName: tools.table,
        Item: {
          ...itemKey(driftKey(report.metadata.name)),
          report: { S: writeStored('drift report', report) },
          madeAt: number(timeOf(report)),
          expires: number(expiryOf(report)),
        },
        ConditionExpression: 'attribute_not_exists(PK) OR madeAt <= :madeAt OR madeAt > :latest',
        ExpressionAttributeValues: { ':madeAt': number(timeOf(report)), ':latest': number(latestAt(tools.now())) },
      });
      const put = async (abortSignal: AbortSignal): Promise<void> => {
        await tools.client.send(command, { abortSignal }).catch((error: unknown) => {
          // A later report stands there, of another environment: that is what was wanted.
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
        });
      };
      await callDynamo(tools, put, signal);
    },
    readDrift: async (cluster, signal) => {
      const item = await getItem(tools, driftKey(cluster), signal);
      const report = readReport(parseJson(item?.['report']?.S));
      // DynamoDB takes its time with what has expired.
      return report === undefined || !stands(report, tools.now()) ? undefined : report;
    },
  };
}
