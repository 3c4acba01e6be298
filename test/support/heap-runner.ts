// node --expose-gc test/support/heap-runner.ts PROXIES [HOSTILE [figures]]: prints the bytes of heap that each of so many proxies
// costs a discovery entry point, its remembered token included. Every proxy polls twice with the 77 KB that an unfiltered Envoy
// sends; up to 1,000 poll before, because what code and caches take once is not what a proxy costs. So many HOSTILE ones poll as
// well, each with 4 KB in its version, its node and the header of its refresh. With `figures` the others follow a pace and tell of
// two releases in every poll, at a clock that stands: all that they told is still there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpResult } from '../../functions/http/result.ts';
import { CANARY_READ_MS } from '../../functions/limits.ts';
import { openDiscoveryEntryPoint, versionIn } from './discovery-entry-point.ts';
import { httpApiEvent } from './mutate-entry-point.ts';
import { releaseOf } from './releases.ts';
import { toldOf } from './told-figures.ts';

const BODY = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'polls', 'routes-1.40.json'), 'utf8');
const PROXIES = Number(process.argv[2]);
const HOSTILE = Number(process.argv[3] ?? 0);
const WITH_FIGURES = process.argv[4] === 'figures';
/** With those that are measured fewer than the 20,000 tokens that are remembered, so that none is forgotten meanwhile. */
const WARM_MAX = 1_000;
/** A field of a poll may have 4,096 characters, quotes included. */
const FIELD_CHARACTERS = 4_000;

const { handler, poll, pacedPoll, store, token, clock } = openDiscoveryEntryPoint({ write: () => {} });
const NAMES = ['service-1', 'service-2'];
/** Their proxies count for both releases. */
const spec = { exportTo: ['*', ...Array.from({ length: 20 }, (_, i) => `team-${i}`)] };
store.set(...(WITH_FIGURES ? NAMES.map((service) => releaseOf({ service, weight: 20, spec })) : [releaseOf()]));

async function pollAll(from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const bearer = await token({
      namespace: `team-${i % 20}`,
      pod: { name: `web-7d9c5b8f6-${i}`, uid: `uid-of-${i}` },
    });
    // A text of its own for each poll, as events of Lambda have.
    const send = (version: string, told = '}'): Promise<HttpResult> => {
      const body = `{"n":${i},"version_info":"${version}",${BODY.slice(1, -1)}${told}`;
      return WITH_FIGURES ? pacedPoll('routes', body, bearer) : poll('routes', body, bearer);
    };
    const version = versionIn(await send('x'));
    const { statusCode } = await send(version, WITH_FIGURES ? toldOf(NAMES, version, clock.now + i) : '}');
    if (statusCode !== 304) throw new Error(`the entry point answered ${statusCode}`);
  }
}

async function attackAll(from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const bearer = await token({ namespace: `evil-${i % 5}`, pod: { name: `evil-${i}`, uid: `uid-of-evil-${i}` } });
    const long = `${i}-`.padEnd(FIELD_CHARACTERS, `${i}é`);
    const node = { id: long, cluster: long, metadata: { namespace: 'team-1', long } };
    const headers = { authorization: `Bearer ${bearer}`, 'x-outrigger-refresh': long };
    // Texts of our own form too: of those each proxy may keep one.
    for (const version of [long, i.toString(16).padStart(16, '0')]) {
      const body = JSON.stringify({ version_info: version, node, resource_names: ['outbound'] });
      const { statusCode } = await handler(httpApiEvent({ path: '/v3/discovery:routes', headers, body }));
      if (statusCode !== 200) throw new Error(`the entry point answered ${statusCode}`);
    }
    const clusters = { path: '/v3/discovery:clusters', headers, body: JSON.stringify({ version_info: long, node }) };
    const { statusCode } = await handler(httpApiEvent(clusters));
    if (statusCode !== 200) throw new Error(`the entry point answered ${statusCode}`);
  }
}

async function heap(): Promise<number> {
  // A read of the store keeps its clock for as long as it may take, answered or not.
  await new Promise((resolve) => setTimeout(resolve, CANARY_READ_MS + 500));
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('run it with --expose-gc');
  for (let i = 0; i < 3; i++) gc();
  return process.memoryUsage().heapUsed;
}

const [warm, warmHostile] = [Math.min(WARM_MAX, PROXIES), Math.min(WARM_MAX, HOSTILE)];
await pollAll(0, warm);
await attackAll(0, warmHostile);
const before = await heap();
await pollAll(warm, warm + PROXIES);
await attackAll(warmHostile, warmHostile + HOSTILE);
process.stdout.write(`${((await heap()) - before) / (PROXIES + HOSTILE)}\n`);
