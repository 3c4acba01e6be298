import { access, constants } from 'node:fs/promises';
import { homedir, platform } from 'node:os';
import { join } from 'node:path';
import { run } from './scripts.ts';

/**
 * Why a real part cannot run on this machine; undefined when it can. In CI (`CI` is set) nothing is ever excused: the
 * suite runs, and fails if it cannot.
 */
export async function excuse(whyNot: () => Promise<string | undefined>): Promise<string | undefined> {
  return (process.env['CI'] ?? '') === '' ? await whyNot() : undefined;
}

/** What kube-apiserver needs: its binary from somewhere. */
export async function whyNotApiServer(): Promise<string | undefined> {
  if (platform() !== 'linux') return 'kube-apiserver is built for Linux only';
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folders = [process.env['KUBEBUILDER_ASSETS'] ?? '', join(cache, 'outrigger/kubernetes/bin')];
  for (const folder of folders) {
    if (folder !== '' && (await isExecutable(join(folder, 'kube-apiserver')))) return await whyNotCommand('openssl');
  }
  return (await whyNotCommand('go')) ?? (await whyNotCommand('openssl')) ?? (await whyNotCommand('unzip'));
}

/** What a node needs besides: root, for namespaces and containers. */
export async function whyNotNode(): Promise<string | undefined> {
  if (platform() !== 'linux') return 'a node needs Linux';
  if (process.getuid?.() !== 0) return 'a node needs root';
  return (await whyNotApiServer()) ?? (await whyNotCommand('apt-get'));
}

/** What moto needs: Python, from which a virtual environment is made. */
export async function whyNotMoto(): Promise<string | undefined> {
  return await whyNotCommand('python3');
}

async function whyNotCommand(name: string): Promise<string | undefined> {
  try {
    await run('sh', ['-c', `command -v ${name}`]);
    return undefined;
  } catch {
    return `${name} is not installed`;
  }
}

async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
