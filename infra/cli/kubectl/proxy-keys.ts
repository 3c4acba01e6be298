import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readIfThere, readTokenFile, writePrivately } from '../../local/server/private-file.ts';
import { loadCertificate, openStateDir } from '../../local/server/state.ts';

/** 192 bits. */
const TOKEN_BYTES = 24;
/** Where `outrigger proxy` listens. */
export const PROXY_ADDRESS = '127.0.0.1';
/** Where it listens when no `--port` is given: kubectl proxy has the same. */
export const PROXY_PORT_DEFAULT = 8001;

/** What `outrigger proxy` and the kubeconfig that leads to it have in common. Only their owner reads the files. */
export interface ProxyKeys {
  readonly cert: string;
  readonly key: string;
  readonly caFile: string;
  readonly token: string;
  readonly tokenFile: string;
}

/** Where they lie when no `--proxy-dir` is given. */
export function proxyDirDefault(): string {
  return join(homedir(), '.outrigger', 'proxy');
}

/**
 * The certificate and the token of a folder; made at first and kept, so that a kubeconfig that names the files stays valid. The
 * certificate is made again before it expires.
 */
export async function loadProxyKeys(folder: string): Promise<ProxyKeys> {
  const dir = await openStateDir(folder);
  const tokenFile = join(dir, 'token');
  if ((await readIfThere(tokenFile)) === undefined) {
    await writePrivately(tokenFile, `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`);
  }
  const certificate = await loadCertificate(dir, PROXY_ADDRESS);
  return { ...certificate, token: await readTokenFile(tokenFile), tokenFile };
}
