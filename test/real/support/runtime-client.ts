import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { cachedFolder, fillCachedFolder } from './cached-folder.ts';
import { run } from './scripts.ts';

const PROJECT = join(import.meta.dirname, '..', 'lambda-runtime');

/** Where AWS's runtime client is, or will be. */
export function runtimeClientFolder(): string {
  return cachedFolder('aws-lambda-ric-4.0.2');
}

/**
 * Brings the runtime client into the cache. It is C++ round a curl of its own and builds for a minute, hence once and
 * not with `npm ci`; test/real/lambda-runtime pins it and what builds it.
 *
 * @returns the folder of its `index.mjs`
 */
export async function installRuntimeClient(): Promise<string> {
  const inside = join('node_modules', 'aws-lambda-ric');
  const folder = await fillCachedFolder(runtimeClientFolder(), async (fresh) => {
    await cp(PROJECT, fresh, { recursive: true });
    await run('npm', ['ci', '--prefix', fresh, '--no-audit', '--no-fund'], { env: await headersOfNode() });
    // npm without its scripts ends with success and builds nothing.
    if (!existsSync(join(fresh, inside, 'rapid-client.node'))) throw new Error('npm did not build aws-lambda-ric');
  });
  return join(folder, inside);
}

/** The headers that lie beside the machine's Node, so that node-gyp need not bring them; it needs Node-API alone. */
async function headersOfNode(): Promise<NodeJS.ProcessEnv> {
  const { stdout } = await run('sh', ['-c', 'npm config get prefix; command -v npm']);
  const [prefix = '', npm = ''] = stdout.trim().split('\n');
  const roots = [prefix, resolve(dirname(npm), '..'), '/usr', '/usr/local'];
  const root = roots.find((candidate) => existsSync(join(candidate, 'include', 'node', 'node_api.h')));
  return root === undefined ? {} : { npm_config_nodedir: root };
}
