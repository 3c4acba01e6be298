import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Envoy } from './envoy.ts';

/** A client behind a proxy. */
export interface ProxyClient {
  /** Sends a request to a host; answers which server had it, and the status. */
  ask(
    host: string,
    headers?: Readonly<Record<string, string>>,
    path?: string,
  ): Promise<{ status: number; server: string }>;
  /** Sends a POST with a body of so many bytes; answers which server had it, and the status. */
  post(host: string, bytes: number): Promise<{ status: number; server: string }>;
  /** How many of n requests each server had. */
  split(host: string, n: number): Promise<Readonly<Record<string, number>>>;
}

/** A client whose requests go through the listener `bound` of an Envoy. @param sockets requests at a time */
export async function clientOf(envoy: Envoy, sockets = 4): Promise<ProxyClient> {
  const port = await envoy.listenerPort('bound');
  const agent = new http.Agent({ keepAlive: true, maxSockets: sockets });
  const send = async (options: http.RequestOptions, body = ''): Promise<{ status: number; server: string }> => {
    const request = http.request({ host: '127.0.0.1', port, agent, ...options });
    request.end(body);
    const [response]: http.IncomingMessage[] = await once(request, 'response');
    let server = '';
    for await (const chunk of response ?? []) server += String(chunk);
    return { status: response?.statusCode ?? 0, server };
  };
  const ask: ProxyClient['ask'] = async (host, headers = {}, path = '/') =>
    await send({ headers: { ...headers, host }, path });
  return {
    ask,
    post: async (host, bytes) => await send({ method: 'POST', headers: { host } }, 'x'.repeat(bytes)),
    split: async (host, n) => {
      const counts: Record<string, number> = {};
      for (let i = 0; i < n; i++) {
        const { status, server } = await ask(host);
        const key = status === 200 ? server : String(status);
        counts[key] = (counts[key] ?? 0) + 1;
      }
      return counts;
    },
  };
}

/** An application that answers its name. */
export async function startServer(name: string): Promise<http.Server> {
  const server = http.createServer((_request, response) => response.end(name)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** The port that a server got. */
export function portOf(server: http.Server): number {
  const { port } = server.address() as AddressInfo;
  return port;
}
