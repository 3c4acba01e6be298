import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildPage } from '../console/server/build-page.ts';
import { PAGE_FILES } from '../console/server/page-files.ts';
import { OPTIONS, ROOT } from './bundle.ts';
import { BUNDLE_DIR } from './bundle-checks.ts';
import { lazyHttp, parameterStoreErrors, usedExports } from './bundle-plugins.ts';

/** The command as one file; two folders up are the templates, as in the sources. */
const BUNDLE = join('lib', 'cli', 'outrigger.mjs');

/**
 * Makes the folder that `npm run pack` packs: the command as one bundled file, what it reads (the shipped templates, the console's page), a
 * loader that keeps what V8 makes of it, and a package.json without dependencies. Nothing else is installed with it.
 *
 * @param folder is replaced
 */
export async function bundleCommand(folder = join(ROOT, BUNDLE_DIR, 'command')): Promise<void> {
  const { version, description, license }: Readonly<Record<string, string>> = JSON.parse(
    await readFile(join(ROOT, 'package.json'), 'utf8'),
  );
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await build({
    ...OPTIONS,
    // As for the functions, but with the SDK's whole credential chain and its files.
    plugins: [lazyHttp, usedExports, parameterStoreErrors],
    // Builds the console's page, which is packed as built.
    external: ['esbuild'],
    entryPoints: [join(ROOT, 'infra', 'cli', 'main.ts')],
    outfile: join(folder, BUNDLE),
    define: { OUTRIGGER_VERSION: JSON.stringify(version) },
  });
  await cp(join(ROOT, 'infra', 'cli', 'packaged-bin.mjs'), join(folder, 'bin.mjs'));
  await cp(join(ROOT, 'infra', 'templates'), join(folder, 'templates'), { recursive: true });
  const page = await buildPage();
  await mkdir(join(folder, 'console'));
  await writeFile(join(folder, 'console', PAGE_FILES.script), page.script);
  await writeFile(join(folder, 'console', PAGE_FILES.style), page.style);
  await cp(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  const manifest = {
    name: 'outrigger',
    version,
    description,
    license,
    type: 'module',
    engines: { node: '>=22' },
    bin: { outrigger: 'bin.mjs', 'kubectl-outrigger': 'bin.mjs' },
  };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

if (import.meta.main) await bundleCommand();
