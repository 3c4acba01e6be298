import { once } from 'node:events';
import http from 'node:http';
import type { Track } from '../../../functions/canary/canary.ts';
import { portOf } from './loopback-app.ts';
import type { MeshProxy } from './mesh.ts';

/** What an application does with its n-th request. */
export type Behaviour = (n: number, response: http.ServerResponse) => void;

/** One track of a Service. */
export interface SteadyTrack {
  readonly port: number;
  /** Requests that it had, and when the last one came, in milliseconds since the epoch. */
  readonly had: { count: number; lastAt: number };
  stop(): void;
}

/** Responds 200 after some milliseconds, and 500 to every so many requests. */
export function responding(ms: number, failEvery = Number.POSITIVE_INFINITY): Behaviour {
  return (n, response) => void setTimeout(() => response.writeHead(n % failEvery === 0 ? 500 : 200).end('x'), ms);
}

/** A gRPC server: a failure is 200 as well, and its status stands in a header where there is nothing else. */
export function respondingGrpc(failEvery = Number.POSITIVE_INFINITY): Behaviour {
  return (n, response) => {
    const headers = { 'content-type': 'application/grpc', 'content-length': '0' };
    response.writeHead(200, { ...headers, 'grpc-status': n % failEvery === 0 ? '14' : '0' }).end();
  };
}

/** Starts a track on a free port of loopback. */
export async function startTrack(behaviour: Behaviour): Promise<SteadyTrack> {
  const had = { count: 0, lastAt: 0 };
  const server = http.createServer({ keepAliveTimeout: 600_000 }, (_request, response) => {
    had.lastAt = Date.now();
    behaviour(++had.count, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    had,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Both tracks of a Service, by name. */
export type SteadyTracks = Readonly<Record<Track, SteadyTrack>>;

/** Requests at a constant rate, whatever is going on meanwhile. */
export interface SteadyLoad {
  readonly sent: number;
  /** Those that had neither a 200 nor a 500 of the application, with what they had instead. */
  readonly lost: readonly string[];
  /** Sends no more, and waits for what is on its way. */
  stop(): Promise<void>;
}

const TICK_MS = 20;

/**
 * Calls a Service through proxies, in turn.
 *
 * @param rate requests a second over all proxies
 */
export function startSteadyLoad(
  proxies: readonly MeshProxy[],
  service: string,
  { rate, isGrpc = false }: { readonly rate: number; readonly isGrpc?: boolean },
): SteadyLoad {
  const lost: string[] = [];
  const underway = new Set<Promise<void>>();
  const headers: Record<string, string> = isGrpc ? { 'content-type': 'application/grpc', te: 'trailers' } : {};
  const host = `${service}.shop:8080`;
  const begin = performance.now();
  let sent = 0;
  const send = async (proxy: MeshProxy): Promise<void> => {
    const had = await proxy.ask(host, headers, isGrpc ? '/shop.Cart/Get' : '/').then(
      ({ status }) => String(status),
      (error: unknown) => String(error),
    );
    if (had !== '200' && had !== '500') lost.push(`${service}: ${had}`);
  };
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begin) / 1_000) * rate);
    for (; sent < due; sent++) {
      const proxy = proxies[sent % proxies.length];
      if (proxy === undefined) return;
      const request = send(proxy);
      underway.add(request);
      void request.then(() => underway.delete(request));
    }
  }, TICK_MS);
  return {
    lost,
    get sent() {
      return sent;
    },
    stop: async () => {
      clearInterval(timer);
      await Promise.all(underway);
    },
  };
}
