import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * An ESM `import` of a builtin evaluates every export getter of it, and that of node:http loads undici (about 30 ms of
 * INIT, nodejs/node#59686). The builtin itself is reached without that.
 */
export const lazyHttp: Plugin = {
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
 * The import of any other builtin loads WebCrypto, streams and decoders that no function uses (about 4 ms of INIT). Here
 * only the exports are read that a bundle uses.
 */
export const usedExports: Plugin = {
  name: 'used-exports',
  setup(context) {
    context.onResolve({ filter: /^(node:)?[a-z0-9_/]+$/ }, ({ path }) =>
      isBuiltin(path)
        ? { path: path.replace('node:', ''), namespace: 'builtin-exports', sideEffects: false }
        : undefined,
    );
    context.onLoad({ filter: /.*/, namespace: 'builtin-exports' }, ({ path }) => ({
      contents: exportsOf(path),
      loader: 'js',
    }));
  },
};

/** An ES module with the exports of a builtin, each of which is dropped from a bundle that does not use it. */
function exportsOf(builtin: string): string {
  const names = Object.keys(process.getBuiltinModule(builtin) ?? {}).filter((name) => /^[A-Za-z]\w*$/.test(name));
  const reads = names.map((name) => `const $${name} = /* @__PURE__ */ (() => builtin.${name})();`);
  const exported = names.map((name) => `$${name} as ${name}`).filter((name) => !name.endsWith(' default'));
  return [
    `const builtin = /* @__PURE__ */ process.getBuiltinModule('node:${builtin}');`,
    ...reads,
    `export { builtin as default, ${exported.join(', ')} };`,
  ].join('\n');
}

/**
 * The SDK's default credential chain asks the environment first, and in Lambda always finds them there; the rest of it
 * (profiles, SSO, STS, instance metadata) is 120 KB of INIT for nothing.
 */
export const environmentCredentials: Plugin = {
  name: 'environment-credentials',
  setup(context) {
    context.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, () => ({
      path: 'chain',
      namespace: 'env-credentials',
    }));
    context.onLoad({ filter: /.*/, namespace: 'env-credentials' }, () => ({
      contents: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env'",
      resolveDir: import.meta.dirname,
    }));
  },
};

/**
 * The SDK looks for what the environment does not say in `~/.aws/config`, which Lambda does not have: two reads in vain and
 * a parser, paid for at every INIT.
 */
export const noConfigFiles: Plugin = {
  name: 'no-config-files',
  setup(context) {
    context.onLoad({ filter: /[\\/]shared-ini-file-loader[\\/]loadSharedConfigFiles\.js$/ }, () => ({
      contents: [
        "export { CONFIG_PREFIX_SEPARATOR } from './constants';",
        'export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });',
      ].join('\n'),
      loader: 'js',
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
export const parameterStoreErrors: Plugin = {
  name: 'parameter-store-errors',
  setup(context) {
    context.onLoad({ filter: /[\\/]client-ssm[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(FOREIGN_ERROR, ''),
      loader: 'js',
    }));
  },
};
