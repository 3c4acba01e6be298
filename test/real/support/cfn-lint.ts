import { cachedFolder, fillCachedFolder } from './cached-folder.ts';
import { run } from './scripts.ts';

const VERSION = '1.58.0';

/**
 * What cfn-lint finds in a template, one text each (`W3037 …`); none for a clean one. Informational rules are not asked
 * for.
 *
 * @param ignored rules to pass over, e.g. `W3005`
 */
export async function lintTemplate(file: string, region: string, ignored: readonly string[]): Promise<string[]> {
  const site = await install();
  const args = ['--template', file, '--regions', region, '--format', 'json', '--ignore-checks', ...ignored];
  // Its exit code tells errors and warnings apart; both are read from the output.
  const script = 'import sys; from cfnlint.runner import main; main()';
  const output = await run('sh', ['-c', 'python3 -c "$0" "$@" || [ $? -lt 16 ]', script, ...args], {
    env: { PYTHONPATH: site },
  });
  const found: unknown = JSON.parse(output.stdout);
  if (!Array.isArray(found)) throw new Error(`cfn-lint said ${output.stdout}`);
  return found.map(({ Rule, Message, Location }) => `${Rule.Id} ${Message} (${Location.Path?.Path?.join('.')})`);
}

/** A folder of its own: nothing is installed into the machine's Python. About 180 MB, once. */
async function install(): Promise<string> {
  return await fillCachedFolder(cachedFolder(`cfn-lint-${VERSION}`), async (fresh) => {
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', fresh, `cfn-lint==${VERSION}`]);
  });
}
