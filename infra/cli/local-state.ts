import { resolve } from 'node:path';
import { createTemplateCache, type FleetState } from '../../functions/template/template-cache.ts';
import type { StoreTrouble } from '../../functions/template/trouble.ts';
import { LOCAL_CLUSTER } from '../local/doors.ts';
import { openLocalStore } from '../local/local-store.ts';
import { UsageError } from './errors.ts';
import { readSourceFile } from './source-file.ts';
import { readDocuments } from './yaml-document.ts';

/** Folders and files of the command line; relative ones start at the working directory. */
export interface LocalFolders {
  readonly templates: string;
  readonly stateDir: string;
  /** A cluster record in YAML or JSON that stands in for the state folder's. */
  readonly record?: string | undefined;
  /** The name of the Kubernetes cluster (default: the local one); a workload's place in a roll-out depends on it. */
  readonly cluster?: string | undefined;
}

/**
 * What the local endpoint would know: templates and cluster record, from files. Faults of single templates are warnings
 * on standard error. Throws UsageError when nothing can be read.
 */
export async function loadLocalState({
  templates,
  stateDir,
  record,
  cluster = LOCAL_CLUSTER,
}: LocalFolders): Promise<FleetState> {
  const troubles: StoreTrouble[] = [];
  const store = openLocalStore(resolve(templates), resolve(stateDir));
  const document = record === undefined ? undefined : await readRecord(record);
  const opened = document === undefined ? store : { ...store, getClusterRecord: async () => document };
  const cache = createTemplateCache(opened, {
    ttlMs: 60_000,
    readMs: 10_000,
    serveStale: false,
    now: Date.now,
    random: Math.random,
    report: (trouble) => troubles.push(trouble),
  });
  const state = await cache.stateFor(cluster, 10_000).catch(() => undefined);
  const faults = troubles.map(({ what, name, why }) => `${what}: ${name}: ${why}`);
  const refused = troubles.find((t) => t.what === 'cluster record refused');
  if (refused !== undefined) throw new UsageError(`the cluster record is not valid: ${refused.why}`);
  if (state === undefined) throw new UsageError(`no templates can be read from ${templates}: ${faults.join('; ')}`);
  for (const fault of faults) process.stderr.write(`warning: ${fault}\n`);
  return state;
}

async function readRecord(path: string): Promise<unknown> {
  const { text, file } = await readSourceFile(path);
  const documents = readDocuments(text, file);
  const [document] = documents;
  if (document === undefined || documents.length > 1) throw new UsageError(`${file} must hold one cluster record`);
  return document.value;
}
