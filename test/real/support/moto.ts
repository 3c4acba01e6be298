import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { cachedFolder, fillCachedFolder } from './cached-folder.ts';
import { freePort } from './free-port.ts';
import { run } from './scripts.ts';

/** moto's server on loopback: AWS services that the real SDK talks to. */
export interface Moto {
  readonly url: string;
  stop(): Promise<void>;
}

const VERSION = '5.2.5';
/** Parameter Store, the server, and what CloudFormation's models load. The folder is named after all of them. */
const PACKAGES = [`moto[ssm]==${VERSION}`, 'flask', 'flask-cors', 'openapi-spec-validator'];
const START_MS_MAX = 60_000;

/** moto's server with the label filter that AWS documents. */
const LABELLED_VERSIONS = join(import.meta.dirname, '..', 'aws', 'labelled_versions.py');

/**
 * Installs moto into the cache (once, about 10 s) and starts its server.
 *
 * @param labels whether its filter by label finds older versions too
 */
export async function startMoto(labels: 'newest' | 'any' = 'newest'): Promise<Moto> {
  const site = await installMoto();
  const port = await freePort();
  const server = spawn(
    'python3',
    [...(labels === 'any' ? [LABELLED_VERSIONS] : ['-m', 'moto.server']), '-H', '127.0.0.1', '-p', String(port)],
    {
      env: { ...process.env, PYTHONPATH: site },
      stdio: 'ignore',
    },
  );
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    if (server.exitCode !== null) return;
    server.kill();
    await once(server, 'exit');
  };
  const end = Date.now() + START_MS_MAX;
  while (!(await answers(`${url}/moto-api/data.json`))) {
    if (server.exitCode !== null || Date.now() > end) {
      await stop();
      throw new Error(`moto did not start (exit code ${server.exitCode})`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { url, stop };
}

/**
 * A folder of its own for moto and what it needs: nothing is installed into the machine's Python.
 *
 * @returns the folder, for PYTHONPATH
 */
export async function installMoto(): Promise<string> {
  const site = cachedFolder(`moto-${VERSION}-${hash('sha256', PACKAGES.join(' ')).slice(0, 8)}`);
  return await fillCachedFolder(site, async (fresh) => {
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', fresh, ...PACKAGES]);
  });
}

async function answers(url: string): Promise<boolean> {
  return await fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}
