import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClusterApi } from '../../../functions/kube-api/cluster-api.ts';
import { createClusterApi } from '../../../functions/kube-api/https-cluster-api.ts';
import { createProbe } from '../../../functions/registration/probe.ts';
import type { RegistrarTools } from '../../../functions/registration/registrar.ts';
import { readKubeconfig } from '../../../infra/cli/cluster/kubeconfig.ts';
import type { LocalEndpoint } from '../../../infra/local/server/endpoint-file.ts';
import { openLocalRecords } from '../../../infra/local/server/local-records.ts';
import { openLocalStore, TEMPLATES_DIR_DEFAULT } from '../../../infra/local/server/local-store.ts';
import { localKeys } from '../../../infra/local/server/state.ts';
import { type RunningEndpoint, startEndpoint } from './endpoint.ts';
import { run } from './scripts.ts';
import { startTestCluster, type TestCluster } from './test-cluster.ts';

/** What a command did. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An API server, a local endpoint over HTTPS in a process of its own, and the commands that bring both together. */
export interface RegistrationBed {
  readonly cluster: TestCluster;
  readonly api: ClusterApi;
  readonly endpoint: RunningEndpoint & LocalEndpoint;
  /** What the commands work with, for calls without a process of their own. */
  readonly tools: RegistrarTools;
  /** `outrigger cluster VERB …` on both; never rejects. */
  readonly outrigger: (verb: string, ...args: readonly string[]) => Promise<Run>;
  /** Waits until Pods are treated as `isAsWanted` says; a registration is active some milliseconds after it is made. */
  readonly until: (isAsWanted: () => Promise<boolean>) => Promise<void>;
  stop(): Promise<void>;
}

/** The `outrigger` command. */
export const BIN = join(import.meta.dirname, '..', '..', '..', 'infra', 'cli', 'bin.mjs');
const UNTIL_MS_MAX = 20_000;

/** Starts both. */
export async function startRegistrationBed(): Promise<RegistrationBed> {
  const cluster = await startTestCluster();
  const endpoint = await startEndpoint(['--https']).catch(async (error: unknown) => {
    await cluster.stop();
    throw error;
  });
  const { kubeconfig } = cluster.api;
  const api = createClusterApi(await readKubeconfig({ kubeconfig }));
  return {
    cluster,
    api,
    tools: {
      api,
      records: openLocalRecords(endpoint.stateDir),
      keys: localKeys(endpoint.stateDir),
      templates: openLocalStore(TEMPLATES_DIR_DEFAULT, endpoint.stateDir),
      probe: createProbe({ newUid: () => crypto.randomUUID() }),
      now: Date.now,
      wait: async (ms, signal) => await pause(ms, undefined, { signal }),
      say: () => {},
    },
    endpoint,
    outrigger: async (verb, ...args) => {
      const all = [BIN, 'cluster', verb, '--state-dir', endpoint.stateDir, '--kubeconfig', kubeconfig, ...args];
      return await run(process.execPath, all).then(
        ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
        (error: unknown) => ({ code: 1, stdout: said(error, 'stdout'), stderr: said(error, 'stderr') }),
      );
    },
    async until(isAsWanted) {
      const end = Date.now() + UNTIL_MS_MAX;
      while (!(await isAsWanted())) {
        if (Date.now() > end) throw new Error('it did not become as wanted');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async stop() {
      await endpoint.stop();
      await cluster.stop();
    },
  };
}

function said(error: unknown, stream: 'stdout' | 'stderr'): string {
  return error instanceof Error && stream in error ? String(Reflect.get(error, stream)) : '';
}
