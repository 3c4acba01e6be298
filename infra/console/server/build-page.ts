import { join } from 'node:path';
import { PAGE_FILES, type PageFiles } from './page-files.ts';

/** What a browser loads in all; more is another kind of page. */
const PAGE_BYTES_MAX = 150 * 1024;

/** Bundles the page from its sources. Throws where it is larger than it may be. */
export async function buildPage(): Promise<PageFiles> {
  // Loaded only here: a packaged command is without it.
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: { console: join(import.meta.dirname, '..', 'page', 'main.tsx') },
    bundle: true,
    write: false,
    outdir: 'console',
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
  });
  const bytes = outputFiles.reduce((sum, { contents }) => sum + contents.length, 0);
  if (bytes > PAGE_BYTES_MAX) throw new Error(`the console has ${bytes} bytes, more than ${PAGE_BYTES_MAX}`);
  const textOf = (name: string): string => outputFiles.find(({ path }) => path.endsWith(name))?.text ?? '';
  return { script: textOf(PAGE_FILES.script), style: textOf(PAGE_FILES.style) };
}
