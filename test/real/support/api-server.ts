import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Output, run, runScript } from './scripts.ts';

/** A running kube-apiserver with its etcd, on loopback, and a kubectl that talks to it as its administrator. */
export interface ApiServer {
  readonly kubeconfig: string;
  /** Runs kubectl; rejects when it fails. */
  kubectl(args: readonly string[], input?: string): Promise<Output>;
  /** Ends both processes and removes all state. */
  stop(): Promise<void>;
}

/**
 * Builds what is missing (minutes, once; then seconds) and starts an API server of its own.
 *
 * @param flags what kube-apiserver gets besides, e.g. `--feature-gates=AllAlpha=true`
 * @param variables its environment besides, e.g. SSL_CERT_FILE
 */
export async function startApiServer(
  flags: readonly string[] = [],
  variables: Readonly<Record<string, string>> = {},
): Promise<ApiServer> {
  await runScript('setup.sh', ['api'], {});
  const dir = await mkdtemp(join(tmpdir(), 'outrigger-api-'));
  const env = { CLUSTER_RUN: dir };
  const stop = async (): Promise<void> => {
    await runScript('down.sh', ['--wipe'], env).finally(() => rm(dir, { recursive: true, force: true }));
  };
  // Half of it may be up when the script fails, or is interrupted: both processes are in sessions of their own.
  const settings = await runScript('up.sh', [], { ...variables, ...env, APISERVER_ARGS: flags.join(' ') })
    .then(() => readSettings(join(dir, 'env')))
    .catch(async (error: unknown) => {
      await stop();
      throw error;
    });
  return {
    kubeconfig: join(dir, 'kubeconfig'),
    kubectl: (args, input) =>
      run('kubectl', args, { env: settings, ...(input === undefined ? {} : { input }), timeoutMs: 60_000 }),
    stop,
  };
}

/** The `export NAME=value` lines that up.sh leaves for shells. */
async function readSettings(file: string): Promise<NodeJS.ProcessEnv> {
  const lines = (await readFile(file, 'utf8')).split('\n').flatMap((line) => line.replace('export ', '').split(' '));
  return Object.fromEntries(
    lines
      .filter((l) => l.includes('='))
      .map((l) => [
        l.slice(0, l.indexOf('=')),
        l.slice(l.indexOf('=') + 1).replace('$PATH', process.env['PATH'] ?? ''),
      ]),
  );
}
