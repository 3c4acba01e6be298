import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Canary } from '../../functions/canary/canary.ts';
import { createFileStore } from '../../functions/table/sqlite/file-store.ts';
import { TEMPLATES_DIR_DEFAULT } from '../../infra/local/server/local-store.ts';
import { serve } from '../../infra/local/server/serve.ts';
import { outrigger, type Run } from './outrigger.ts';

/** A local server with the shipped templates, on a state folder that goes when it is closed. */
export interface LocalGateway {
  /** A folder for the test's own files; the state folder lies in it. */
  readonly root: string;
  readonly stateDir: string;
  /** Runs the command against it. */
  run(...args: readonly string[]): Promise<Run>;
  close(): Promise<void>;
}

/** Starts it on a free port. @param canaries stored before it starts, all in the cluster `local` */
export async function startLocalGateway(canaries: readonly Canary[] = []): Promise<LocalGateway> {
  const root = await mkdtemp(join(tmpdir(), 'outrigger-gateway-'));
  const stateDir = join(root, 'state');
  const store = createFileStore(join(stateDir, 'canaries'));
  for (const canary of canaries) {
    const audit = { time: '2026-11-22T12:00:00.000Z', who: 'local', verb: 'create', resourceVersion: '1' } as const;
    await store.create('local', canary, { audit }, AbortSignal.timeout(10_000));
  }
  store.close();
  const gateway = await serve({
    port: 0,
    address: '127.0.0.1',
    https: false,
    stateDir,
    templates: TEMPLATES_DIR_DEFAULT,
    write: () => {},
  });
  return {
    root,
    stateDir,
    run: async (...args) => await outrigger([...args, '--state-dir', stateDir]),
    close: async () => {
      await gateway.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** What a command gives that ends well. */
export function ok(stdout: string): Run {
  return { code: 0, stdout, stderr: '' };
}
