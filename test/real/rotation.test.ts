import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFileStore } from '../../functions/table/sqlite/file-store.ts';
import {
  generateIssuerKeys,
  type IssuerKeyPair,
  mintServiceAccountToken,
} from '../../infra/local/server/service-account-token.ts';
import { askDiscovery } from './support/discovery-request.ts';
import { cartManifest, type RunningEndpoint, startEndpoint } from './support/endpoint.ts';
import { whyNotEnvoy } from './support/envoy.ts';
import { type PublicIssuer, startIssuer } from './support/issuer.ts';
import { describeReal } from './support/suite.ts';
import { startTemplateProxy, type TemplateProxy } from './support/template-proxy.ts';

/** The endpoint allows clocks to differ by a minute: this long before its end a token of the tests has expired. */
const LEEWAY_MS = 60_000;
/** How long the first token is good for. */
const FIRST_MS = 12_000;
/** Between two fetches of an issuer's keys, where an unknown one is asked for. */
const UNKNOWN_KID_MS = 5_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

await describeReal('token and keys are rotated', whyNotEnvoy, () => {
  let issuer: PublicIssuer;
  let [old, fresh]: (IssuerKeyPair | undefined)[] = [];
  beforeAll(async () => {
    issuer = await startIssuer();
    [old, fresh] = await Promise.all(['old', 'fresh'].map(generateIssuerKeys));
  });
  afterAll(async () => await issuer.stop());

  describe.each(['in the cluster record', 'published by the issuer'])('keys %s', (where) => {
    const isPublic = where.startsWith('published');
    let endpoint: RunningEndpoint;
    let proxy: TemplateProxy;
    let discovery: Readonly<Record<string, unknown>>;
    const tokenOf = async (pair: IssuerKeyPair | undefined, now: number, duration: number): Promise<string> =>
      await mintServiceAccountToken(pair?.privateJwk ?? {}, {
        namespace: 'shop',
        serviceAccount: 'default',
        pod: { name: 'web-1', uid: 'web-1' },
        audience: 'outrigger/default',
        issuer: issuer.issuer,
        duration,
        now,
      });
    const publish = async (...pairs: readonly (IssuerKeyPair | undefined)[]): Promise<void> => {
      const keys = pairs.flatMap((pair): JWK[] => (pair === undefined ? [] : [pair.publicJwk]));
      if (isPublic) issuer.publish(keys);
      await endpoint.writeRecord({ discovery, ...(isPublic ? {} : { issuer: issuer.issuer, jwks: { keys } }) });
      await pause(500);
    };
    const statusOf = async (token: string): Promise<number> =>
      (await askDiscovery(endpoint, 'listeners', token)).status;

    beforeAll(async () => {
      const named = isPublic ? ['--issuer', issuer.issuer] : [];
      endpoint = await startEndpoint(['--https', ...named], { NODE_EXTRA_CA_CERTS: issuer.caFile });
      const ca = await readFile(endpoint.caFile ?? '', 'utf8');
      discovery = { host: '127.0.0.1', port: endpoint.port, ca, refresh: '500ms', routesRefresh: '500ms', idle: '1s' };
      await publish(old);
      const manifest = join(endpoint.stateDir, 'cart.json');
      await writeFile(manifest, JSON.stringify(cartManifest()));
      await endpoint.outrigger('canary', 'apply', '-f', manifest);
    });
    afterAll(async () => {
      await proxy?.stop();
      await endpoint?.stop();
    });

    test('a real Envoy follows two new tokens and a new key without one poll that is lost', async () => {
      const begin = Date.now();
      const first = await tokenOf(old, begin + FIRST_MS - LEEWAY_MS - 600_000, 600);
      const [second, third] = [await tokenOf(old, begin, 600), await tokenOf(fresh, begin, 600)];
      proxy = await startTemplateProxy(discovery, first);
      await pause(UNKNOWN_KID_MS);
      expect(await statusOf(first)).toBe(200);
      await proxy.rotate(second);
      await pause(begin + FIRST_MS + 1_000 - Date.now());
      // The first token has ended meanwhile: whoever polls, polls with the second.
      expect(await statusOf(first)).toBe(401);
      await publish(old, fresh);
      await proxy.rotate(third);
      await pause(2_000);
      // Keys from an issuer are held for ten minutes; those of a record go with it.
      await publish(fresh);
      expect(await statusOf(second)).toBe(isPublic ? 200 : 401);
      const before = (await proxy.polls())['304'] ?? 0;
      await pause(3_000);
      const { 200: news = 0, 304: same = 0, ...others } = await proxy.polls();
      process.stdout.write(
        `keys ${where}: ${news + same} polls answered 200 or 304, others: ${JSON.stringify(others)}\n`,
      );
      expect(others).toEqual({ others: 0 });
      expect(same).toBeGreaterThan(before);
      const refusals = endpoint.logged('request refused');
      // Those above, by hand.
      expect(refusals).toHaveLength(isPublic ? 1 : 2);
      if (isPublic) expect(issuer.fetches()).toBe(2);
    });

    test('a sidecar that is told its pace says none of its own', async () => {
      const store = createFileStore(join(endpoint.stateDir, 'canaries'));
      const heard = await store.findPace('local', AbortSignal.timeout(5_000));
      store.close();
      expect(heard).toBeUndefined();
    });
  });
});
