import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { ProxyReportStore } from '../../canary/proxy-reports.ts';
import { PROXY_REPORT_PREFIX, proxyPartitionsOf, spreadProxyReportKey } from '../keys.ts';
import { PROXY_REPORT_SECONDS, parseJson, readProxyReport, writeStored } from '../stored.ts';
import { callDynamo, type DynamoTools } from './call.ts';
import { itemKey, number } from './item.ts';
import { queryItems } from './rows.ts';

/** The proxy reports in DynamoDB: one item for each environment, which expires; spread over partitions. */
export function createDynamoProxyReports(tools: DynamoTools): ProxyReportStore {
  return {
    writeProxyReport: async (cluster, environment, report, signal) => {
      const command = new PutItemCommand({
        TableName: tools.table,
        Item: {
          ...itemKey(spreadProxyReportKey(cluster, environment)),
          report: { S: writeStored('proxy report', report) },
          expires: number(Math.ceil(report.writtenAt / 1_000) + PROXY_REPORT_SECONDS),
        },
      });
      await callDynamo(tools, (abortSignal) => tools.client.send(command, { abortSignal }), signal);
    },
    readProxyReports: async (cluster, signal) => {
      const inPartition = (partition: string) => queryItems(tools, { partition, prefix: PROXY_REPORT_PREFIX }, signal);
      const items = await Promise.all(proxyPartitionsOf(cluster).map(inPartition));
      const reports = items
        .flat()
        .map((item) => readProxyReport(parseJson(item['report']?.S), item['SK']?.S ?? PROXY_REPORT_PREFIX));
      // DynamoDB takes its time with what has expired.
      return reports.filter((report) => report.writtenAt + PROXY_REPORT_SECONDS * 1_000 > tools.now());
    },
  };
}
