import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLUSTER_DIR, type Output, run, runScript } from './scripts.ts';

/** A whole node (kubelet, containerd, control plane) in namespaces of its own. */
export interface ClusterNode {
  readonly dir: string;
  /** Runs a command inside the node's namespaces, where 127.0.0.1 is the one that its API server calls. */
  run(command: string, args: readonly string[], input?: string): Promise<Output>;
  /** Starts a command that goes on inside the node's namespaces. */
  start(command: string, args: readonly string[]): ChildProcess;
  /** Ends everything inside and removes all state. */
  stop(): Promise<void>;
}

/** Builds what is missing and brings a node up; needs root on Linux. */
export async function startNode(): Promise<ClusterNode> {
  await runScript('setup.sh', ['cluster'], {});
  const dir = await mkdtemp(join(tmpdir(), 'outrigger-node-'));
  const env = { CLUSTER_NODE_DIR: dir };
  const inside = join(CLUSTER_DIR, 'cluster-exec.sh');
  const stop = (): Promise<void> =>
    runScript('cluster-down.sh', ['--wipe'], env).finally(() => rm(dir, { recursive: true, force: true }));
  try {
    await runScript('cluster-up.sh', [], env);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    dir,
    run: (command, args, input) =>
      run('bash', [inside, command, ...args], { env, ...(input === undefined ? {} : { input }), timeoutMs: 600_000 }),
    start: (command, args) =>
      spawn('bash', [inside, command, ...args], {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    stop,
  };
}
