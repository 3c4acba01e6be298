import { join } from 'node:path';
import { build } from 'esbuild';
import { OPTIONS, ROOT, snapshotDefines } from './bundle.ts';
import { BUNDLE_DIR } from './bundle-checks.ts';
import { parameterStoreErrors } from './bundle-plugins.ts';

/**
 * Bundles the container's program into one file, as the functions are: with the SDK's whole credential chain, because a
 * container finds its role in the network and not in the environment, and with Node's builtins as they are.
 *
 * @param file where it goes
 */
export async function bundleContainer(file = join(ROOT, BUNDLE_DIR, 'container', 'discovery.mjs')): Promise<void> {
  await build({
    ...OPTIONS,
    plugins: [parameterStoreErrors],
    entryPoints: [join(ROOT, 'infra', 'container', 'start.ts')],
    outfile: file,
    define: await snapshotDefines(),
  });
}

if (import.meta.main) await bundleContainer();
