import { expect, test } from 'vitest';
import { proxyIdentity } from '../../functions/identity/proxy-identity.ts';
import { proxyReport } from '../../functions/traffic/proxies/proxy-report.ts';
import { describeProxies } from '../../functions/traffic/proxies/proxy-status.ts';
import { createSeenProxies } from '../../functions/traffic/proxies/seen-proxies.ts';
import { awaitingFor, releaseOf } from '../support/releases.ts';

const SINCE = Date.parse('2026-11-22T12:00:00.000Z');
/** Twice the refresh of `awaitingFor`, 1.25 s: every proxy has polled by then. */
const POLLED_MS = 2_500;
const CART = releaseOf({ weight: 20, version: 7, awaiting: awaitingFor(7, SINCE) });

/** What a report says so long after the step was served, of one proxy that runs it. */
function described(afterMs: number, canary = CART) {
  const now = SINCE + afterMs;
  const seen = createSeenProxies();
  const identity = proxyIdentity({
    cluster: 'local',
    namespace: 'shop',
    serviceAccount: 'default',
    pod: { name: 'a', uid: 'a' },
  });
  const runs = { version: 'v7', current: 'v7', canaries: new Map([['shop/cart', '7']]), sent: undefined };
  seen.note({ identity, ...runs, at: now - 100 });
  return describeProxies([proxyReport(seen, new Set(['shop/cart']), now)], canary, now);
}

test('a step is confirmed at the moment by which every proxy has polled, not before', () => {
  expect(described(POLLED_MS - 1)).toMatchObject({ converged: 1, confirmed: false });
  expect(described(POLLED_MS)).toMatchObject({ converged: 1, confirmed: true });
});

test('routes that are served from now on are served: only a later moment is told', () => {
  expect(described(-1)).toMatchObject({ servedFrom: new Date(SINCE).toISOString() });
  expect(described(0)).not.toHaveProperty('servedFrom');
});
