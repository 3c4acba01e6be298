import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessAbsent } from '../../../functions/absent-file.ts';
import type { HttpResult } from '../../../functions/http/result.ts';
import { PAGE_FILES, type PageFiles } from './page-files.ts';

/** What the page finds in itself. */
export interface PageSettings {
  /** Absent: the page takes it from the fragment of its address, which is printed at the start. */
  readonly token?: string;
  /** The Kubernetes cluster that is meant; absent: the only one of the fleet. */
  readonly cluster?: string;
}

/** Of a packaged command; the sources have no such folder, and build the page at each start. */
const BUILT = join(import.meta.dirname, '..', '..', 'console');

/** Nothing inline, nothing from elsewhere, in no frame, and no referrer. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** The page as it was packaged, else built from its sources. */
export async function loadPage(folder = BUILT): Promise<PageFiles> {
  const [script, style] = await Promise.all(
    [PAGE_FILES.script, PAGE_FILES.style].map(async (name) => await unlessAbsent(readFile(join(folder, name), 'utf8'))),
  );
  if (script !== undefined && style !== undefined) return { script, style };
  // Only in a clone: the packaged command has neither the sources nor esbuild.
  const { buildPage } = await import('./build-page.ts');
  return await buildPage();
}

/** The answer to GET of a path of the page; undefined for any other path. */
export function pageResult(files: PageFiles, path: string, settings: PageSettings): HttpResult | undefined {
  switch (path) {
    case '/':
      return result('text/html', documentOf(settings));
    case `/${PAGE_FILES.script}`:
      return result('text/javascript', files.script);
    case `/${PAGE_FILES.style}`:
      return result('text/css', files.style);
    default:
      return undefined;
  }
}

function result(type: string, body: string): HttpResult {
  return { statusCode: 200, headers: { ...HEADERS, 'content-type': `${type}; charset=utf-8` }, body };
}

function documentOf({ token, cluster }: PageSettings): string {
  const metas = Object.entries({ token, cluster }).flatMap(([name, value]) =>
    value === undefined ? [] : [`<meta name="outrigger-${name}" content="${escaped(value)}">`],
  );
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Outrigger</title>',
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">',
    ...metas,
    `<link rel="icon" href="data:,"><link rel="stylesheet" href="/${PAGE_FILES.style}">`,
    `<script type="module" src="/${PAGE_FILES.script}"></script></head>`,
    '<body><noscript>The console needs JavaScript.</noscript><div id="console"></div></body></html>\n',
  ].join('');
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
