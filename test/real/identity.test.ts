import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { LOCAL_ISSUER } from '../../infra/local/server/discovery.ts';
import { generateIssuerKeys, mintServiceAccountToken } from '../../infra/local/server/service-account-token.ts';
import { loadIssuerKeys } from '../../infra/local/server/state.ts';
import { askDiscovery } from './support/discovery-request.ts';
import { CART, cartManifest, type RunningEndpoint, startEndpoint } from './support/endpoint.ts';

/** What a token of these tests differs in. */
interface Claims {
  readonly namespace?: string;
  readonly audience?: string;
  readonly issuer?: string;
  /** Seconds ago. */
  readonly made?: number;
  readonly isForeign?: boolean;
}

describe('who asks the endpoint of npm start', () => {
  let endpoint: RunningEndpoint;
  const tokenOf = async (claims: Claims): Promise<string> => {
    const { namespace = 'shop', audience = 'outrigger/default', issuer = LOCAL_ISSUER, made = 0 } = claims;
    const { privateJwk } =
      claims.isForeign === true ? await generateIssuerKeys('local') : await loadIssuerKeys(endpoint.stateDir);
    const now = Date.now() - made * 1_000;
    return await mintServiceAccountToken(privateJwk, {
      namespace,
      audience,
      issuer,
      now,
      serviceAccount: 'default',
      duration: 600,
    });
  };

  beforeAll(async () => {
    endpoint = await startEndpoint();
    const manifest = cartManifest({ exportTo: ['.', 'friends'] });
    await endpoint.call('PUT', CART, manifest);
  });
  afterAll(async () => await endpoint.stop());

  test.each<[string, number, Claims | undefined]>([
    ['no token', 401, undefined],
    ['a good one', 200, {}],
    ['one that has just expired, by clocks that differ by less than a minute', 200, { made: 630 }],
    ['one that has expired', 401, { made: 665 }],
    ['one for another audience', 401, { audience: 'https://kubernetes.default.svc' }],
    ['one of another issuer', 401, { issuer: 'https://issuer.example.com' }],
    ['one that another key of that name has signed', 401, { isForeign: true }],
  ])('%s: %i', async (_what, status, claims) => {
    const token = claims === undefined ? undefined : await tokenOf(claims);
    for (const kind of ['listeners', 'clusters', 'routes'] as const) {
      expect([kind, (await askDiscovery(endpoint, kind, token)).status]).toEqual([kind, status]);
    }
  });

  test('a canary is in the answers to the namespaces that it is exported to, and in no others', async () => {
    const namesIn = async (namespace: string): Promise<readonly boolean[]> => {
      const token = await tokenOf({ namespace });
      const kinds = ['listeners', 'clusters', 'routes'] as const;
      const answers = await Promise.all(kinds.map(async (kind) => await askDiscovery(endpoint, kind, token)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      // A listener says no more than the port.
      return answers.map(({ body }) => /shop\/cart|0\.0\.0\.0_8080/.test(body));
    };
    const isStaged = async (): Promise<void> => expect(await namesIn('shop')).toEqual([true, true, true]);
    await vi.waitFor(isStaged, { timeout: 60_000, interval: 500 });
    expect(await namesIn('friends')).toEqual([true, true, true]);
    expect(await namesIn('strangers')).toEqual([false, false, false]);
  });
});
