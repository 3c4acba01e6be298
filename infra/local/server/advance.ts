import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { notificationSettings } from '../../../functions/advance/notify.ts';
import type { LookTools } from '../../../functions/advance/step/look.ts';
import { createFileSecretReader } from '../../../functions/canary/secrets/file-secret-reader.ts';
import { parseClusterRecord } from '../../../functions/cluster-record/cluster-record.ts';
import { createGuardedExchange } from '../../../functions/http/egress/guarded-exchange.ts';
import type { Log } from '../../../functions/log.ts';
import type { NotifyTools } from '../../../functions/notifications/notify-cluster.ts';
import type { TableStore } from '../../../functions/table/table-store.ts';
import type { TemplateStore } from '../../../functions/template-store/store.ts';
import { awsOf, localRecords, openLocalMetrics } from './metrics.ts';
import { startSweeping } from './sweep.ts';

/** For one cluster record of this machine, in milliseconds. */
const RECORD_MS = 1_000;

/** What `advance` does in the cloud, on this machine, until it is ended. */
export function startLocalAdvance(
  stateDir: string,
  templates: TemplateStore,
  store: TableStore,
  log: Log,
): () => Promise<void> {
  const common = { canaries: store, log, now: Date.now };
  const looks: LookTools = {
    ...common,
    steps: store,
    random: Math.random,
    newUid: randomUUID,
    ...openLocalMetrics(stateDir, templates, log),
    discoveryOf: async (cluster) => {
      const parsed = parseClusterRecord(await templates.getClusterRecord(cluster, AbortSignal.timeout(RECORD_MS)));
      return parsed.valid ? parsed.value.discovery : undefined;
    },
  };
  const notify: NotifyTools = {
    ...{ changes: store, notices: store, log, now: Date.now, newUid: randomUUID },
    settingsFor: notificationSettings(localRecords(templates)),
    readSecret: createFileSecretReader(join(stateDir, 'secrets')),
    send: createGuardedExchange({ loopback: true }),
    aws: awsOf(process.env),
  };
  return startSweeping({ ...common, looks, notify, listClusters: templates.listClusters });
}
