// The application of the mesh tests, run in Pods: on 8080 HTTP/1 and HTTP/2 without TLS (what arrived, raw, as JSON), with
// WebSocket and gRPC; on 9999 an echo; on 2525 a protocol in which the server speaks first. VERSION names it, BIND is where.
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';

const { VERSION: version = '', HOSTNAME: pod = '', BIND: address = '0.0.0.0' } = process.env;
const PREFACE = 'PRI * HTTP/2';
const CHUNK_MS = 200;
const END_MS_MAX = 8_000;

function describe(message: http.IncomingMessage): string {
  const { httpVersion, url, rawHeaders, socket } = message;
  return `${JSON.stringify({ version, pod, httpVersion, url, from: socket.remoteAddress, rawHeaders })}\n`;
}

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  const { pathname, searchParams } = new URL(`http://server${request.url?.replace(/^\/+/, '/')}`);
  const chunks = Number(searchParams.get('chunks') ?? 0);
  response.setHeader('X-Version', version);
  if (searchParams.has('say')) process.stdout.write('busy\n');
  if (pathname !== '/download') {
    setTimeout(() => response.end(describe(request)), Number(searchParams.get('ms') ?? 0));
    return;
  }
  let left = chunks;
  const timer = setInterval(() => {
    response.write('x'.repeat(1_024));
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    response.end();
  }, CHUNK_MS);
  response.on('close', () => clearInterval(timer));
}

const http1 = http.createServer(answer);
http1.keepAliveTimeout = 60_000;
// After the handshake the bytes come back as they are: frames are between the client and itself.
http1.on('upgrade', (_request, socket) => {
  socket.on('error', () => {});
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Version: ${version}\r\n\r\n`,
  );
  socket.pipe(socket);
});

const h2 = http2.createServer();
h2.on('stream', (stream, headers) => {
  stream.on('error', () => {});
  if (headers['content-type'] !== 'application/grpc') {
    stream.respond({ ':status': 200, 'x-version': version });
    stream.end(`${JSON.stringify({ version, path: headers[':path'] })}\n`);
    return;
  }
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc', 'x-version': version },
    { waitForTrailers: true },
  );
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.pipe(stream);
});

// One port for both: the first bytes say which.
const both = net.createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (first: Buffer) => {
    socket.pause();
    socket.unshift(first);
    (first.toString('latin1').startsWith(PREFACE) ? h2 : http1).emit('connection', socket);
    process.nextTick(() => socket.resume());
  });
});
both.listen(8080, address);

net
  .createServer((socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  })
  .listen(9999, address);
net
  .createServer((socket) => {
    socket.on('error', () => {});
    socket.write('220 ready\n');
    socket.on('data', (data) => socket.write(`echo:${data.toString()}`));
  })
  .listen(2525, address);

// A clean end: requests in flight are finished, nothing new is taken.
process.on('SIGTERM', () => {
  both.close(() => process.exit(0));
  http1.close();
  http1.closeIdleConnections();
  setTimeout(() => process.exit(0), END_MS_MAX).unref();
});
