import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachedFolder, fillCachedFolder } from './cached-folder.ts';
import { freePort } from './free-port.ts';
import { run } from './scripts.ts';

/** Prometheus on loopback, which scrapes one server every second. */
export interface Prometheus {
  readonly host: string;
  /** Stops its process and waits for it. */
  stop(): Promise<void>;
  /** The values of a query now. */
  values(query: string): Promise<readonly string[]>;
}

const START_MS_MAX = 60_000;

/** Unpacks Debian's package into the cache (once, 19 MB); nothing is installed on the machine, and no service started. */
async function bringPrometheus(): Promise<string> {
  const folder = await fillCachedFolder(cachedFolder('prometheus-debian'), async (fresh) => {
    const download = async (): Promise<void> => {
      await run('sh', ['-c', 'cd "$1" && apt-get download -qq prometheus', 'sh', fresh]);
    };
    await download().catch(async () => {
      await run('apt-get', ['update', '-qq']);
      await download();
    });
    const packages = (await readdir(fresh)).filter((name) => name.endsWith('.deb'));
    for (const name of packages) {
      await run('dpkg', ['-x', join(fresh, name), fresh]);
      await rm(join(fresh, name));
    }
  });
  return join(folder, 'usr', 'bin', 'prometheus');
}

/** Starts it. @param target host and port that it scrapes */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const program = await bringPrometheus();
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [{ job_name: 'app', static_configs: [{ targets: [target] }] }],
  };
  const host = `127.0.0.1:${await freePort()}`;
  const files = [`--config.file=${join(folder, 'config.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`];
  // JSON is YAML.
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config));
  const server = spawn(program, [...files, `--web.listen-address=${host}`], { stdio: 'ignore' });
  await ready(`http://${host}/-/ready`, server);
  return {
    host,
    async stop() {
      if (server.exitCode === null && server.signalCode === null) {
        server.kill();
        await once(server, 'exit');
      }
      await rm(folder, { recursive: true, force: true });
    },
    async values(query) {
      const response = await fetch(`http://${host}/api/v1/query?${new URLSearchParams({ query })}`);
      const document = (await response.json()) as { data: { result: readonly { value: [number, string] }[] } };
      return document.data.result.map(({ value: [, value] }) => value);
    },
  };
}

async function ready(url: string, server: ChildProcess): Promise<void> {
  const end = Date.now() + START_MS_MAX;
  for (;;) {
    const isReady = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    if (server.exitCode !== null || Date.now() > end) throw new Error(`Prometheus did not start (${server.exitCode})`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
