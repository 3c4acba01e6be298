import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * The bytes of heap that each proxy costs a discovery entry point, measured in a process of its own that collects its garbage.
 *
 * @param proxies more are slower and more exact: 1,000 tell hundreds of bytes, 200 tell some KB
 * @param hostile how many more of them poll with what a stranger makes up in version, node and headers
 * @param told whether they tell figures of two releases in every poll
 */
export async function heapPerProxy(proxies: number, hostile = 0, told?: 'figures'): Promise<number> {
  const script = join(import.meta.dirname, 'heap-runner.ts');
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [
    '--expose-gc',
    '--no-warnings',
    script,
    String(proxies),
    String(hostile),
    ...(told === undefined ? [] : [told]),
  ]);
  return Number(stdout);
}
