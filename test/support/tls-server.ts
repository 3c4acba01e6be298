import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { makeCertificate } from '../../infra/local/server/certificate.ts';

/** One request as a server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What a server of a test does with a request. */
export type Answering = (response: ServerResponse, request: SeenRequest) => void;

/** An HTTPS server on loopback whose answers are the test's. */
export interface TlsServer {
  readonly url: string;
  readonly ca: string;
  /** In the order of their arrival. */
  readonly seen: SeenRequest[];
  answerBy(answering: Answering): void;
  close(): void;
}

/** Starts one, with a certificate of its own. */
export async function startTlsServer(hosts: readonly string[] = ['127.0.0.1']): Promise<TlsServer> {
  const { ca, cert, key } = await makeCertificate(hosts);
  const seen: SeenRequest[] = [];
  let answering: Answering = (response) => response.writeHead(500).end();
  const server = https.createServer({ cert, key }, (request, response) => {
    void readAll(request).then(
      (body) => {
        const { method = '', url = '', headers } = request;
        const ask = { method, url, headers, body };
        seen.push(ask);
        answering(response, ask);
      },
      // The client went away.
      () => undefined,
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca,
    seen,
    answerBy(next) {
      seen.length = 0;
      answering = next;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
