import { once } from 'node:events';
import { createSecureServer, type Http2SecureServer, type Http2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { HttpResult } from '../../functions/http/result.ts';
import { createAnswerer } from './answerer.ts';
import * as limits from './limits.ts';
import { createSessions } from './sessions.ts';
import type { TlsPair } from './tls-files.ts';

/** What a server of polls stands on. */
export interface PollServerParts {
  /** The discovery handler, as Lambda calls it. */
  readonly handler: (event: unknown) => Promise<HttpResult>;
  readonly tls: TlsPair;
  /** More connections at a time are closed as they come. */
  readonly connectionsMax: number;
  /** Told of a poll that takes too long, that there is no room for, or that the handler throws at, by the error's name. */
  readonly onFailure: (error: string) => void;
  /** For the bodies of all requests at a time, in bytes; `BODIES_BYTES_MAX` where absent. */
  readonly bodiesBytesMax?: number;
  /** Of one request, reading and answering; `REQUEST_MS` where absent. */
  readonly requestMs?: number;
}

/** A server of polls. */
export interface PollServer {
  /** @returns the port; rejects where the address cannot be had */
  listen(port: number, address: string): Promise<number>;
  /** New connections get this certificate; those that are open keep theirs. */
  replaceTls(pair: TlsPair): void;
  /** How many connections were closed for being too many, since the last time that this was asked. */
  takeDropped(): number;
  /**
   * Goes without losing a poll. For `noticeMs` everything is served as before, while `/ready` says 503 and every answer
   * tells its proxy to come back on another connection; then no connection is taken any more, and what is being
   * answered is answered.
   */
  leave(noticeMs: number): Promise<void>;
}

/** The discovery handler behind HTTPS, over HTTP/2 and HTTP/1.1 as the caller chooses by ALPN. */
export function createPollServer(parts: PollServerParts): PollServer {
  const { tls, connectionsMax, requestMs = limits.REQUEST_MS } = parts;
  const sessions = createSessions();
  const answerer = createAnswerer({ ...parts, requestMs, onAnswer: sessions.onAnswer });
  const server = createSecureServer({
    ...tls,
    ...SECURE,
    allowHTTP1: true,
    handshakeTimeout: limits.HANDSHAKE_MS,
    maxSessionMemory: limits.SESSION_MEGABYTES_MAX,
    settings: { maxConcurrentStreams: limits.STREAMS_MAX, maxHeaderListSize: limits.HEADER_BYTES_MAX },
  });
  boundHttp1(server, requestMs);
  server.maxConnections = connectionsMax;
  // A poll goes to the same code whatever the protocol; Node gives HTTP/1.1's objects here where that was chosen.
  server.on('request', answerer.answer);
  server.on('session', (session: Http2Session) => sessions.add(session));
  const sockets = new Set<Socket>();
  server.on('secureConnection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  let dropped = 0;
  server.on('drop', () => dropped++);
  return {
    listen: async (port, address) => {
      server.listen(port, address);
      await once(server, 'listening');
      return portOf(server.address());
    },
    replaceTls: (pair) => server.setSecureContext({ ...pair, ...SECURE }),
    takeDropped: () => {
      const count = dropped;
      dropped = 0;
      return count;
    },
    leave: async (noticeMs) => {
      answerer.leave();
      sessions.leave();
      await wait(noticeMs);
      const closed = once(server, 'close');
      // Idle connections of HTTP/1.1 are closed with it, busy ones after their answer.
      server.close();
      sessions.close();
      const isClosed = await Promise.race([closed.then(() => true), wait(requestMs, false, { ref: false })]);
      if (!isClosed) for (const socket of sockets) socket.destroy();
    },
  };
}

/** What Node and its OpenSSL hold for good, less TLS 1.0 and 1.1; said here so that a reload says the same. */
const SECURE = { minVersion: 'TLSv1.2' } as const;

/** What `https.createServer` takes as options, and a server of both protocols reads from its own fields. */
function boundHttp1(server: Http2SecureServer, requestMs: number): void {
  Object.assign(server, {
    maxHeaderSize: limits.HEADER_BYTES_MAX,
    headersTimeout: requestMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: limits.CHECK_EVERY_MS,
    keepAliveTimeout: limits.IDLE_MS,
    // Node answers each after this many at the most by closing the connection; 0: no such bound.
    maxRequestsPerSocket: 0,
  });
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}
