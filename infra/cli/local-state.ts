import { resolve } from 'node:path';
import { createTemplateCache, type FleetState } from '../../functions/template/template-cache.ts';
import { LOCAL_CLUSTER } from '../local/doors.ts';
import { openLocalStore } from '../local/local-store.ts';
import { UsageError } from './errors.ts';

/** Folders of the command line; relative ones start at the working directory. */
export interface LocalFolders {
  readonly templates: string;
  readonly stateDir: string;
}

/**
 * What the local endpoint would know: templates and cluster record, from files. Faults of single templates are warnings
 * on standard error. Throws UsageError when nothing can be read.
 */
export async function loadLocalState({ templates, stateDir }: LocalFolders): Promise<FleetState> {
  const faults: string[] = [];
  const cache = createTemplateCache(openLocalStore(resolve(templates), resolve(stateDir)), {
    ttlMs: 60_000,
    readMs: 10_000,
    serveStale: false,
    now: Date.now,
    random: Math.random,
    report: ({ what, name, why }) => faults.push(`${what}: ${name}: ${why}`),
  });
  const state = await cache.stateFor(LOCAL_CLUSTER, 10_000).catch(() => undefined);
  if (state === undefined) throw new UsageError(`no templates can be read from ${templates}: ${faults.join('; ')}`);
  for (const fault of faults) process.stderr.write(`warning: ${fault}\n`);
  return state;
}
