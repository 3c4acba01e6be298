import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import type { ProviderTools } from '../../functions/canary/providers/provider.ts';
import { NO_EGRESS } from '../../functions/cluster-record/egress.ts';
import { createGuardedExchange } from '../../functions/http/egress/guarded-exchange.ts';
import type { Answering, SeenRequest } from './tls-server.ts';

/** A plain HTTP server on loopback whose responses are the test's. */
export interface PlainServer {
  readonly host: string;
  readonly url: string;
  readonly seen: SeenRequest[];
  respondBy(answering: Answering): void;
  close(): Promise<void>;
}

/** Starts one. */
export async function startPlainServer(): Promise<PlainServer> {
  const seen: SeenRequest[] = [];
  let answering: Answering = (response) => response.writeHead(500).end();
  const server = http.createServer((request, response) => {
    void readAll(request).then((body) => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, headers, body });
      answering(response, { method, url, headers, body });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    seen,
    respondBy(next) {
      seen.length = 0;
      answering = next;
    },
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The tools of a provider on this machine: its host and loopback are listed, AWS is at `awsUrl`. */
export function localTools(host: string, more: Partial<ProviderTools> = {}): ProviderTools {
  return {
    send: createGuardedExchange({ loopback: true }),
    egress: { ...NO_EGRESS, http: [host], private: ['127.0.0.0/8'] },
    readSecret: async () => undefined,
    aws: undefined,
    now: Date.now,
    ...more,
  };
}

/** An identity whose calls go to one server, whatever the service. */
export function awsAt(url: string): NonNullable<ProviderTools['aws']> {
  return {
    region: 'eu-central-1',
    credentials: async () => ({ accessKeyId: 'AKIDTEST', secretAccessKey: 'not-a-key', sessionToken: 'not-a-token' }),
    environment: { AWS_ENDPOINT_URL: url },
  };
}
