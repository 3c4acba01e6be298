import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleCommand } from '../../infra/deploy/command-bundle.ts';
import { TEMPLATES_DIR_DEFAULT } from '../../infra/local/server/local-store.ts';
import { serve } from '../../infra/local/server/serve.ts';
import { median, type Row } from './rows.ts';

const ROUNDS = 9;
/** Seconds of CPU that an answer may cost: it is felt at every call (design §9). */
const GOAL = 0.15;

/** CPU of the packaged command, the Node that it runs on included, beside that of kubectl where there is one. */
export async function commandRows(): Promise<readonly Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-command-'));
  const stateDir = join(folder, 'state');
  const options = { port: 0, address: '127.0.0.1', https: false, templates: TEMPLATES_DIR_DEFAULT, write: () => {} };
  const gateway = await serve({ ...options, stateDir });
  try {
    await bundleCommand(join(folder, 'command'));
    const command = [process.execPath, join(folder, 'command', 'bin.mjs')];
    const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };
    const row = async (name: string, words: readonly string[], goal?: number): Promise<Row> => ({
      ...{ name: `command: ${name}`, unit: 's', value: await cpuOf(words, env) },
      ...(goal === undefined ? {} : { goal }),
    });
    return [
      await row('--help', [...command, '--help'], GOAL),
      await row('canary get', [...command, 'canary', 'get', '--state-dir', stateDir], GOAL),
      await row('bare Node', [process.execPath, '-e', '0']),
      ...(await row('kubectl version --client', ['kubectl', 'version', '--client']).then(
        (found) => [found],
        () => [],
      )),
    ];
  } finally {
    await gateway.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Seconds of user and system time; the first call, which fills the compile cache, does not count. Rejects where it fails. */
async function cpuOf(words: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const seconds: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    // The shell's second line of `times` is its children's: 0m0.075s 0m0.012s.
    const script = '"$@" > /dev/null || exit 1; times';
    const { stdout } = await promisify(execFile)('bash', ['-c', script, 'bash', ...words], { env });
    const [user = 0, system = 0] = [...(stdout.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)].map(
      ([, minutes, rest]) => Number(minutes) * 60 + Number(rest),
    );
    if (round > 0) seconds.push(user + system);
  }
  return median(seconds);
}
