import { readFile } from 'node:fs/promises';

/** Set where the command is bundled (`infra/deploy/command-bundle.ts`): there it has no package.json of the project beside it. */
declare const OUTRIGGER_VERSION: string | undefined;

/** Whether this runs as one bundled file, outside a clone. */
export const IS_PACKAGED = typeof OUTRIGGER_VERSION === 'string';

/** The version of the command. */
export async function readVersion(): Promise<string> {
  if (typeof OUTRIGGER_VERSION === 'string') return OUTRIGGER_VERSION;
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { version }: { version: string } = JSON.parse(text);
  return version;
}
