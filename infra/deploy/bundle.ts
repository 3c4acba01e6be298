import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { unlessAbsent } from '../../functions/absent-file.ts';
import { CHANNEL_DEFAULT } from '../../functions/cluster-record/cluster-record.ts';
import { readSnapshot, writeSnapshot } from '../../functions/template-store/cache/bundled-templates.ts';
import { createFileStore } from '../../functions/template-store/file-store.ts';
import { BUNDLE_DIR, checkBundles, checkHandlers, ENTRY_POINTS } from './bundle-checks.ts';
import {
  environmentCredentials,
  lazyHttp,
  noConfigFiles,
  parameterStoreErrors,
  usedExports,
} from './bundle-plugins.ts';

/** The folder of the project. */
export const ROOT = join(import.meta.dirname, '..', '..');
/** Where `outrigger template snapshot` writes; without it the shipped templates are bundled. */
const SNAPSHOT_FILE = join(import.meta.dirname, '..', 'snapshot.json');

/** How everything that runs in Lambda is bundled: one minified ES module. */
export const OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  // Without it esbuild takes the CommonJS builds of the AWS SDK and cannot shake them (615 instead of 361 KB).
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  // What is CommonJS inside still asks for `require`, which an ES module does not have.
  banner: { js: "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);" },
  plugins: [lazyHttp, usedExports, environmentCredentials, noConfigFiles, parameterStoreErrors],
} satisfies BuildOptions;

/**
 * Bundles every entry point into `{folder}/{entryPoint}.mjs`; throws when one is missing or too large (the snapshot comes
 * on top), or when the snapshot has been changed since it was written.
 *
 * @returns esbuild's metafile
 */
export async function bundleEntryPoints(folder: string, snapshotFile = SNAPSHOT_FILE): Promise<Metafile> {
  const define = await snapshotDefines(snapshotFile);
  const entryPoints = ENTRY_POINTS.map((entryPoint) => join(ROOT, 'functions', `${entryPoint}.ts`));
  await Promise.all(entryPoints.map((file) => access(file)));
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    metafile: true,
    define,
  });
  checkBundles(metafile, Buffer.byteLength(define.OUTRIGGER_SNAPSHOT));
  return metafile;
}

/** What stands in bundles for the snapshot and its clusters, as esbuild takes it; throws when it was changed by hand. */
export async function snapshotDefines(
  file = SNAPSHOT_FILE,
): Promise<{ readonly OUTRIGGER_SNAPSHOT: string; readonly OUTRIGGER_SNAPSHOT_CLUSTERS: string }> {
  const snapshot = withoutBlanks(await loadSnapshot(file));
  return {
    OUTRIGGER_SNAPSHOT: JSON.stringify(snapshot),
    OUTRIGGER_SNAPSHOT_CLUSTERS: JSON.stringify(readSnapshot(snapshot).clusters),
  };
}

/** The file is indented for people; in the bundle its blanks would be two thirds of it, read at every INIT for nothing. */
function withoutBlanks(json: string): string {
  return JSON.stringify(JSON.parse(json));
}

async function loadSnapshot(file: string): Promise<string> {
  const text = await unlessAbsent(readFile(file, 'utf8'));
  if (text !== undefined) {
    readSnapshot(text);
    return text;
  }
  const store = createFileStore({ templates: join(import.meta.dirname, '..', 'templates') });
  const stored = await store.listTemplates(CHANNEL_DEFAULT, AbortSignal.timeout(10_000));
  const templates = stored.map((template) => {
    if ('unreadable' in template) throw new Error(`infra/templates: ${template.name}: ${template.unreadable}`);
    return template;
  });
  return writeSnapshot({ channels: { [CHANNEL_DEFAULT]: templates }, records: {} });
}

/**
 * Bundles one file with the SDK's own credential chain and, of the builtins, only HTTP reached lazily: the yardstick of
 * measurements, which does not move with what is found for our own bundles.
 */
export async function bundleFile(file: string, outfile: string): Promise<void> {
  await build({ ...OPTIONS, plugins: [lazyHttp], entryPoints: [file], outfile });
}

/** The osls plugin: bundles before anything is zipped or deployed. */
export default class OutriggerBundle {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;

  constructor(osls: { readonly service: { readonly functions: Readonly<Record<string, { handler: string }>> } }) {
    const bundle = async (): Promise<void> => {
      checkHandlers(new Map(Object.entries(osls.service.functions).map(([name, { handler }]) => [name, handler])));
      await bundleEntryPoints(BUNDLE_DIR);
    };
    this.hooks = {
      'before:package:createDeploymentArtifacts': bundle,
      'before:deploy:function:packageFunction': bundle,
      'before:invoke:local:invoke': bundle,
    };
  }
}
