import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { CHANNEL_DEFAULT } from '../functions/template/cluster-record.ts';
import { createFileStore } from '../functions/template/file-store.ts';
import { readSnapshot, writeSnapshot } from '../functions/template/snapshot.ts';
import { unlessAbsent } from '../functions/unless-absent.ts';
import { BUNDLE_DIR, checkBundles, checkHandlers, DOORS } from './bundle-checks.ts';

const ROOT = join(import.meta.dirname, '..');
/** Where `outrigger template snapshot` writes; without it the shipped templates are bundled. */
const SNAPSHOT_FILE = join(import.meta.dirname, 'snapshot.json');

/**
 * An ESM `import` of a builtin evaluates every export getter of it, and that of node:http loads undici (about 30 ms of
 * INIT, nodejs/node#59686). The builtin itself is reached without that.
 */
const lazyHttp: Plugin = {
  name: 'lazy-http',
  setup(context) {
    context.onResolve({ filter: /^(node:)?(http|https|http2)$/ }, ({ path }) => ({
      path: path.replace('node:', ''),
      namespace: 'lazy-builtin',
    }));
    context.onLoad({ filter: /.*/, namespace: 'lazy-builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('node:${path}')`,
      loader: 'js',
    }));
  },
};

/**
 * The SDK's default credential chain asks the environment first, and in Lambda always finds them there; the rest of it
 * (profiles, SSO, STS, instance metadata) is 120 KB of INIT for nothing.
 */
const environmentCredentials: Plugin = {
  name: 'environment-credentials',
  setup(context) {
    context.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({
      path: 'chain',
      namespace: 'env-credentials',
    }));
    context.onLoad({ filter: /.*/, namespace: 'env-credentials' }, () => ({
      contents: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env'",
      resolveDir: ROOT,
    }));
  },
};

/** An error of Systems Manager that is none of Parameter Store's: its schema, and how the SDK registers it. */
const FOREIGN_ERROR =
  /^export var (?!Parameter)(\w+)\$ = \[-3, n0,(?:(?!^\];$)[\s\S])*^\];\nn0_registry\.registerError\(\1\$, \1\);$/gm;

/**
 * Parameter Store's errors are a dozen of the 141 that the SDK registers for all of Systems Manager, one by one, which
 * keeps the class and the schema of each in the bundle (55 KB). An error that is not registered keeps its name; only its
 * class is that of all errors of the service.
 */
const parameterStoreErrors: Plugin = {
  name: 'parameter-store-errors',
  setup(context) {
    context.onLoad({ filter: /[\\/]client-ssm[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(FOREIGN_ERROR, ''),
      loader: 'js',
    }));
  },
};

/** How everything that runs in Lambda is bundled: one minified ES module. */
const OPTIONS = {
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
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  plugins: [lazyHttp, environmentCredentials, parameterStoreErrors],
} satisfies BuildOptions;

/**
 * Bundles every door into `{folder}/{door}.mjs`; throws when one is missing or too large (the snapshot comes on top), or
 * when the snapshot has been changed since it was written.
 *
 * @returns esbuild's metafile
 */
export async function bundleDoors(folder: string, snapshotFile = SNAPSHOT_FILE): Promise<Metafile> {
  const snapshot = await loadSnapshot(snapshotFile);
  const entryPoints = DOORS.map((door) => join(ROOT, 'functions', `${door}.ts`));
  await Promise.all(entryPoints.map((file) => access(file)));
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    metafile: true,
    define: {
      OUTRIGGER_SNAPSHOT: JSON.stringify(snapshot),
      OUTRIGGER_SNAPSHOT_CLUSTERS: JSON.stringify(readSnapshot(snapshot).clusters),
    },
  });
  checkBundles(metafile, Buffer.byteLength(JSON.stringify(snapshot)));
  return metafile;
}

async function loadSnapshot(file: string): Promise<string> {
  const text = await unlessAbsent(readFile(file, 'utf8'));
  if (text !== undefined) {
    readSnapshot(text);
    return text;
  }
  const store = createFileStore({ templates: join(import.meta.dirname, 'templates') });
  const stored = await store.listTemplates(CHANNEL_DEFAULT, AbortSignal.timeout(10_000));
  const templates = stored.map((template) => {
    if ('unreadable' in template) throw new Error(`infra/templates: ${template.name}: ${template.unreadable}`);
    return template;
  });
  return writeSnapshot({ channels: { [CHANNEL_DEFAULT]: templates }, records: {} });
}

/** Bundles one file in the same way but with the SDK's own credential chain: the yardstick of measurements. */
export async function bundleFile(file: string, outfile: string): Promise<void> {
  await build({ ...OPTIONS, plugins: [lazyHttp], entryPoints: [file], outfile });
}

/** The osls plugin: bundles before anything is zipped or deployed. */
export default class OutriggerBundle {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;

  constructor(osls: { readonly service: { readonly functions: Readonly<Record<string, { handler: string }>> } }) {
    const bundle = async (): Promise<void> => {
      checkHandlers(new Map(Object.entries(osls.service.functions).map(([name, { handler }]) => [name, handler])));
      await bundleDoors(BUNDLE_DIR);
    };
    this.hooks = {
      'before:package:createDeploymentArtifacts': bundle,
      'before:deploy:function:packageFunction': bundle,
      'before:invoke:local:invoke': bundle,
    };
  }
}
