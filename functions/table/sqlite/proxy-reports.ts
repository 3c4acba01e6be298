import type { ProxyReport, ProxyReportStore } from '../../canary/proxy-reports.ts';
import { PROXY_REPORT_PREFIX, proxyReportKey } from '../keys.ts';
import { proxyPartitionOf } from '../row-key.ts';
import type { Transact } from '../rows.ts';
import { PROXY_REPORT_SECONDS, parseJson, parseProxyReport, readProxyReport, writeStored } from '../stored.ts';

/**
 * The proxy reports on rows with transactions.
 *
 * @param now milliseconds since the epoch
 */
export function createRowProxyReports(transact: Transact, now: () => number): ProxyReportStore {
  const isOver = (report: ProxyReport): boolean => report.writtenAt + PROXY_REPORT_SECONDS * 1_000 <= now();
  return {
    writeProxyReport: async (cluster, environment, report, signal) => {
      const text = writeStored('proxy report', report);
      await transact(
        'write',
        (rows) => {
          const partition = proxyPartitionOf(cluster);
          for (const { sort, text: other } of rows.list({ partition, prefix: PROXY_REPORT_PREFIX })) {
            // One that cannot be read goes too: its environment leaves another one in some seconds.
            const report = parseProxyReport(parseJson(other));
            if (report === undefined || isOver(report)) rows.delete({ partition, sort });
          }
          rows.put(proxyReportKey(cluster, environment), text);
        },
        signal,
      );
    },
    readProxyReports: (cluster, signal) =>
      transact(
        'read',
        (rows) =>
          rows
            .list({ partition: proxyPartitionOf(cluster), prefix: PROXY_REPORT_PREFIX })
            .map(({ sort, text }) => readProxyReport(parseJson(text), sort))
            .filter((report) => !isOver(report)),
        signal,
      ),
  };
}
