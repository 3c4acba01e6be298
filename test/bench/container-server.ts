import { openDiscoveryEntryPoint } from '../support/discovery-entry-point.ts';
import { startContainer } from '../support/poll-container.ts';
import { releaseOf } from '../support/releases.ts';

/* The server of `node test/bench/container.ts`, in a process of its own so that its processor time is its own. */
const entryPoint = openDiscoveryEntryPoint({ write: () => undefined });
entryPoint.store.set(...Array.from({ length: 20 }, (_, i) => releaseOf({ service: `s${i}`, weight: 30 })));
const { place } = await startContainer(entryPoint.handler, { connectionsMax: 100_000 });
const tokens = await Promise.all(
  Array.from({ length: 100 }, (_, i) => entryPoint.token({ pod: { name: `web-${i}`, uid: `u-${i}` } })),
);
process.send?.({ place, tokens });
process.on('message', () => {
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system, rss: process.memoryUsage.rss() });
});
process.once('disconnect', () => process.exit(0));
