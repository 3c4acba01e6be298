import { basename } from 'node:path';
import type { Metafile } from 'esbuild';

/** Where bundles go; `serverless.yml` names `dist/{name}.handler`. */
export const BUNDLE_DIR = 'dist';
/**
 * The entry points that become functions, `functions/{name}.ts`, and how many bytes the bundle of each may have without the
 * snapshot: more is paid for at every cold start. Design §9 sets that of `mutate`, 420 with the snapshot of the shipped templates (20).
 */
const BYTES_MAX = { mutate: 390, canaries: 510, abort: 334, discovery: 468, advance: 650, register: 360 };
/** The unit of the budgets. */
const KIB = 1_024;
/** Their names. */
export const ENTRY_POINTS: readonly string[] = Object.keys(BYTES_MAX);

/** The sources of credentials that there are outside Lambda; with one of them in a bundle the plugin was passed by. */
const OTHER_CREDENTIALS = /@aws-sdk\/credential-provider-(?:node|ini|login|process|sso|web-identity|http)\//;

/** Throws when a bundle is too large, is no entry point, or holds what Lambda never needs. */
export function checkBundles({ inputs, outputs }: Metafile, snapshotBytes: number): void {
  for (const [file, { bytes, exports }] of Object.entries(outputs)) {
    const entryPoint = basename(file, '.mjs');
    const max = budgetOf(entryPoint) * KIB + snapshotBytes;
    if (bytes > max) throw new Error(`${file} has ${bytes} bytes; at most ${max} are allowed`);
    if (!exports.includes('handler')) throw new Error(`functions/${entryPoint}.ts exports no handler`);
  }
  const chain = Object.keys(inputs).find((input) => OTHER_CREDENTIALS.test(input));
  if (chain !== undefined) throw new Error(`${chain} is bundled, though credentials come from the environment alone`);
}

function budgetOf(entryPoint: string): number {
  for (const [name, budget] of Object.entries(BYTES_MAX)) if (name === entryPoint) return budget;
  throw new Error(`${entryPoint} is no entry point`);
}

/**
 * Throws when functions and entry points are not the same: osls packages a handler that names no file without a word.
 *
 * @param handlers those of serverless.yml by function
 */
export function checkHandlers(handlers: ReadonlyMap<string, string>): void {
  for (const [name, handler] of handlers) {
    if (handler !== `${BUNDLE_DIR}/${name}.handler` || !Object.hasOwn(BYTES_MAX, name)) {
      const entryPoints = ENTRY_POINTS.join(', ');
      throw new Error(
        `function ${name} has the handler ${handler}; it must be ${BUNDLE_DIR}/{entryPoint}.handler of ${entryPoints}`,
      );
    }
  }
  const missing = ENTRY_POINTS.filter((entryPoint) => !handlers.has(entryPoint));
  if (missing.length > 0) throw new Error(`serverless.yml has no function ${missing.join(', ')}`);
}
