import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { makeCertificate } from '../../../infra/local/server/certificate.ts';
import { portOf } from './loopback-app.ts';

/** An issuer that publishes its keys by OIDC discovery, as managed Kubernetes does, over HTTPS on loopback. */
export interface PublicIssuer {
  readonly issuer: string;
  /** The authority to trust, in PEM. */
  readonly caFile: string;
  /** How often its keys were fetched. */
  fetches(): number;
  publish(keys: readonly JWK[]): void;
  stop(): Promise<void>;
}

/** Starts one without keys. */
export async function startIssuer(): Promise<PublicIssuer> {
  const folder = await mkdtemp(join(tmpdir(), 'outrigger-issuer-'));
  const { ca, cert, key } = await makeCertificate(['127.0.0.1']);
  const caFile = join(folder, 'ca.crt');
  await writeFile(caFile, ca);
  const published: { keys: readonly JWK[]; fetches: number; issuer: string } = { keys: [], fetches: 0, issuer: '' };
  const server = https.createServer({ cert, key }, ({ url }, response) => {
    const { issuer, keys } = published;
    if (url === '/keys') published.fetches += 1;
    response.end(JSON.stringify(url === '/keys' ? { keys } : { issuer, jwks_uri: `${issuer}/keys` }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  published.issuer = `https://127.0.0.1:${portOf(server)}`;
  return {
    issuer: published.issuer,
    caFile,
    fetches: () => published.fetches,
    publish: (keys) => {
      published.keys = keys;
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true });
    },
  };
}
