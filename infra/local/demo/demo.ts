import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEMPLATES_DIR_DEFAULT } from '../server/local-store.ts';
import { serve } from '../server/serve.ts';
import { showOnApiServer } from './api-server.ts';
import { POD, showInjection, showRefusals, showSkip } from './injection.ts';
import { say } from './print.ts';
import { lookForEnvoy, showRelease } from './release.ts';
import type { Demo } from './review.ts';
import { openShop } from './shop.ts';

/** `npm run demo`: the main job on embedded defaults, from end to end; ends by itself, and leaves nothing behind. */
const ending = new AbortController();
// What is under way ends at its next wait, and everything that was started with it. A second Ctrl-C does not wait.
const end = (code: number): void => {
  process.exitCode = code;
  ending.abort();
};
process.once('SIGHUP', () => end(129));
process.once('SIGINT', () => end(130));
process.once('SIGTERM', () => end(143));
// The reader is gone, as after `npm run demo | head`: every write fails with that.
process.stdout.on('error', () => end(141));
const stateDir = await mkdtemp(join(tmpdir(), 'outrigger-demo-'));
const looking = lookForEnvoy(ending.signal);
try {
  await show(stateDir, ending.signal);
} catch (error) {
  if (!ending.signal.aborted) throw error;
  say('\ninterrupted');
} finally {
  ending.abort();
  await looking;
  await rm(stateDir, { recursive: true, force: true });
}

async function show(stateDir: string, signal: AbortSignal): Promise<void> {
  const log: string[] = [];
  const write = (line: string): void => void log.push(line);
  const options = { port: 0, address: '127.0.0.1', https: true, stateDir, templates: TEMPLATES_DIR_DEFAULT, write };
  const gateway = await serve(options);
  try {
    const ca = await readFile(gateway.endpoint.caFile ?? '', 'utf8');
    say(`Outrigger listens on ${gateway.endpoint.url} (HTTPS, templates from infra/templates, no cluster, no AWS).`);
    await showParts({ gateway, ca, log, stateDir, signal });
  } finally {
    await gateway.close();
  }
}

async function showParts(demo: Demo): Promise<void> {
  const { gateway, ca, signal } = demo;
  // Proxies get 12 s to learn a new canary's Envoy clusters: they pass while the other parts are shown.
  const shop = await openShop(demo);
  try {
    for (const part of [showInjection, showSkip, showRefusals]) {
      await part(demo);
      signal.throwIfAborted();
    }
    await showOnApiServer(gateway, ca, POD);
    signal.throwIfAborted();
    if (!(await showRelease(demo, shop, looking))) process.exitCode = 1;
  } finally {
    shop.close();
  }
}
