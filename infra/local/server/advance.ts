import { randomUUID } from 'node:crypto';
import type { LookTools } from '../../../functions/advance/step/look.ts';
import { parseClusterRecord } from '../../../functions/cluster-record/cluster-record.ts';
import type { Log } from '../../../functions/log.ts';
import type { TableStore } from '../../../functions/table/table-store.ts';
import type { TemplateStore } from '../../../functions/template-store/store.ts';
import { openLocalMetrics } from './metrics.ts';
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
    measure: openLocalMetrics(stateDir, templates, log),
    discoveryOf: async (cluster) => {
      const parsed = parseClusterRecord(await templates.getClusterRecord(cluster, AbortSignal.timeout(RECORD_MS)));
      return parsed.valid ? parsed.value.discovery : undefined;
    },
  };
  return startSweeping({ ...common, looks, listClusters: templates.listClusters });
}
