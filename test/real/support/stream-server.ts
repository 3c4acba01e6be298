import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server on loopback that answers its name, and sends back what comes by WebSocket or in a gRPC stream. */
export interface StreamServer {
  readonly port: number;
  close(): void;
}

/** Something that lasts: messages go out and come back until it is ended. */
export interface LastingStream {
  /** Ends it. @returns how many messages went out and came back, and why it broke */
  end(): Promise<{ readonly sent: number; readonly came: number; readonly error: string | undefined }>;
}

const PREFACE = 'PRI * HTTP/2';
const MESSAGE = 'ping';
const EVERY_MS = 50;

/** Starts one: HTTP/1 and HTTP/2 without TLS on one port. */
export async function startStreamServer(name: string): Promise<StreamServer> {
  const http1 = http.createServer((request, response) => {
    request.resume().on('end', () => response.end(name));
  });
  http1.on('upgrade', (_request, socket) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    socket.pipe(socket);
  });
  const h2 = http2.createServer();
  h2.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    stream.pipe(stream);
  });
  const sockets = new Set<net.Socket>();
  const both = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      (first.toString('latin1').startsWith(PREFACE) ? h2 : http1).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  });
  both.listen(0, '127.0.0.1');
  await once(both, 'listening');
  const address = both.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => {
      both.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Opens a WebSocket to a host through a port of this machine. */
export async function openWebSocket(port: number, host: string): Promise<LastingStream> {
  const headers = { host, Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };
  const request = http.get({ host: '127.0.0.1', port, agent: false, headers });
  const [, socket]: [unknown, net.Socket] = await upgraded(request);
  return lasting(socket);
}

/** Opens a gRPC stream to a host through a port of this machine. */
export async function openGrpcStream(port: number, host: string): Promise<LastingStream> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  const type = { 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request({ ':method': 'POST', ':path': '/test.Echo/Stream', ':authority': host, ...type });
  await once(stream, 'response');
  stream.once('close', () => session.close());
  return lasting(stream);
}

async function upgraded(request: http.ClientRequest): Promise<[http.IncomingMessage, net.Socket]> {
  return await new Promise((resolve, reject) => {
    request.on('upgrade', (response, socket) => {
      if (socket instanceof net.Socket) resolve([response, socket]);
      else reject(new Error('the upgrade brought no socket'));
    });
    request.on('response', ({ statusCode }) => reject(new Error(`the upgrade was answered ${statusCode}`)));
    request.on('error', reject);
  });
}

function lasting(stream: net.Socket | http2.ClientHttp2Stream): LastingStream {
  const state: { sent: number; bytes: number; isEnding: boolean; error: string | undefined } = {
    sent: 0,
    bytes: 0,
    isEnding: false,
    error: undefined,
  };
  stream.on('data', (data: Buffer) => {
    state.bytes += data.length;
  });
  stream.on('error', (error: Error) => {
    state.error ??= error.message;
  });
  const closed = new Promise<void>((resolve) => stream.on('close', () => resolve()));
  void closed.then(() => {
    if (!state.isEnding) state.error ??= 'closed by the other side';
  });
  const sending = (async () => {
    while (!state.isEnding && !stream.destroyed) {
      stream.write(MESSAGE);
      state.sent++;
      await sleep(EVERY_MS);
    }
  })();
  return {
    end: async () => {
      state.isEnding = true;
      await sending;
      stream.end();
      await closed;
      return { sent: state.sent, came: state.bytes / MESSAGE.length, error: state.error };
    },
  };
}
