// node --expose-gc test/support/heap-runner.ts PROXIES: prints the bytes of heap that each of so many proxies costs a
// discovery door, its remembered token included. Every proxy polls twice with the 77 KB that an unfiltered Envoy sends; as
// many poll before, because what code and caches take once is not what a proxy costs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpResult } from '../../functions/http/result.ts';
import { openDiscoveryDoor, versionIn } from './discovery-door.ts';
import { releaseOf } from './releases.ts';

const BODY = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'polls', 'routes-1.40.json'), 'utf8');
const PROXIES = Number(process.argv[2]);

const { poll, store, token } = openDiscoveryDoor({ write: () => {} });
store.set(releaseOf());

async function pollAll(from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const bearer = await token({
      namespace: `team-${i % 20}`,
      pod: { name: `web-7d9c5b8f6-${i}`, uid: `uid-of-${i}` },
    });
    // A text of its own for each poll, as events of Lambda have.
    const send = (version: string): Promise<HttpResult> =>
      poll('routes', `{"n":${i},"version_info":"${version}",${BODY.slice(1)}`, bearer);
    const { statusCode } = await send(versionIn(await send('x')));
    if (statusCode !== 304) throw new Error(`the door answered ${statusCode}`);
  }
}

function heap(): number {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('run it with --expose-gc');
  for (let i = 0; i < 3; i++) gc();
  return process.memoryUsage().heapUsed;
}

await pollAll(0, PROXIES);
const before = heap();
await pollAll(PROXIES, 2 * PROXIES);
process.stdout.write(`${(heap() - before) / PROXIES}\n`);
