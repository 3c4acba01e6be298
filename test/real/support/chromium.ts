import { type Browser, chromium } from 'playwright-core';
import { run } from './scripts.ts';

/** Debian's browser; installed with what it needs where it is missing, as root. */
const PROGRAM = '/usr/bin/chromium';

/** Why no browser can run here; undefined where one can. */
export async function whyNotChromium(): Promise<string | undefined> {
  const isThere = await run('test', ['-x', PROGRAM]).then(
    () => true,
    () => false,
  );
  return isThere || process.getuid?.() === 0 ? undefined : 'Debian’s chromium is installed by root';
}

/** Starts a browser without a window. The caller closes it. */
export async function startChromium(): Promise<Browser> {
  const install = async (): Promise<void> => {
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium']);
  };
  await run('test', ['-x', PROGRAM]).catch(
    async () =>
      await install().catch(async () => {
        await run('apt-get', ['update', '-qq']);
        await install();
      }),
  );
  // Its sandbox does not work as root; the pages are the project's own.
  return await chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox', '--disable-gpu'] });
}
