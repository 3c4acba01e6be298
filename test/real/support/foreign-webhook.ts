import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { V1Pod } from '@kubernetes/client-node';
import type { Operation } from 'fast-json-patch';
import { makeCertificate } from '../../../infra/local/server/certificate.ts';

/** Somebody else's mutating webhook: what it does to a Pod is up to the test. */
export interface ForeignWebhook {
  readonly url: string;
  readonly ca: string;
  close(): void;
}

/**
 * Starts a webhook on loopback.
 *
 * @param mutate answers the operations for a Pod; a promise that never settles makes it late
 */
export async function startForeignWebhook(
  mutate: (pod: V1Pod) => Operation[] | Promise<Operation[]>,
): Promise<ForeignWebhook> {
  const { ca, cert, key } = await makeCertificate(['127.0.0.1']);
  const server = https.createServer({ cert, key }, (request, response) => {
    void text(request).then(async (body) => {
      const review = JSON.parse(body);
      const operations = await mutate(review.request.object);
      const patch = { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') };
      review.response = { uid: review.request.uid, allowed: true, ...(operations.length > 0 ? patch : {}) };
      response.end(JSON.stringify(review));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/mutate`,
    ca,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
