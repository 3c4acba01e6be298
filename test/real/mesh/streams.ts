// What lasts longer than a request: HTTP/2, gRPC, WebSocket, downloads.
import http from 'node:http';
import http2 from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { count, isStopped, options } from './options.ts';

/** Of a gRPC message of four bytes that is not compressed. */
const PREFIX = Buffer.from([0, 0, 0, 0, 4]);

/** Requests over one connection, in HTTP/2 from its first byte. */
export async function h2(): Promise<object> {
  const session = http2.connect(options.url);
  const result = { failed: 0, versions: {} };
  for (let i = 0; i < options.count; i++) {
    const stream = session.request({ ':path': '/' });
    await new Promise<void>((resolve) => {
      stream.on('response', (headers) => count(result.versions, String(headers['x-version'])));
      stream.on('error', () => {
        result.failed += 1;
      });
      stream.on('close', () => resolve());
      stream.resume();
    });
  }
  session.close();
  return result;
}

/** A gRPC stream of messages that come back one by one, and its status. */
export async function grpc(): Promise<object> {
  const session = http2.connect(options.url);
  const headers = {
    ':method': 'POST',
    ':path': '/test.Echo/Stream',
    'content-type': 'application/grpc',
    te: 'trailers',
  };
  const stream = session.request(headers);
  let [version, status, bytes, error]: [unknown, unknown, number, unknown] = [undefined, undefined, 0, undefined];
  stream.on('response', (response) => {
    version = response['x-version'];
  });
  stream.on('trailers', (trailers) => {
    status = trailers['grpc-status'];
  });
  stream.on('data', (data: Buffer) => {
    bytes += data.length;
  });
  stream.on('error', (e) => {
    error = e.message;
  });
  let sent = 0;
  const closed = new Promise<void>((resolve) => stream.on('close', () => resolve()));
  for (let i = 0; i < options.count && !stream.destroyed && !isStopped(); i++) {
    stream.write(Buffer.concat([PREFIX, Buffer.from('ping')]));
    sent += 1;
    await sleep(options.ms);
  }
  stream.end();
  await closed;
  session.close();
  return { version, status, sent, messages: bytes / 9, error };
}

/** A WebSocket whose messages come back. */
export async function websocket(): Promise<object> {
  const { url, count: messages, ms } = options;
  return await new Promise((resolve) => {
    const key = Buffer.from('0123456789abcdef').toString('base64');
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': key,
    };
    const request = http.get(url, { headers }, (response) => resolve({ error: `status ${response.statusCode}` }));
    request.on('error', (error) => resolve({ error: error.message }));
    request.on('upgrade', (response, socket) => {
      let [bytes, sent, error]: [number, number, string | undefined] = [0, 0, undefined];
      socket.on('data', (data: Buffer) => {
        bytes += data.length;
      });
      socket.on('error', (e: Error) => {
        error = e.message;
      });
      const done = (): void => resolve({ version: response.headers['x-version'], sent, messages: bytes / 4, error });
      socket.on('close', done);
      void (async () => {
        for (let i = 0; i < messages && !socket.destroyed && !isStopped(); i++) {
          socket.write('ping');
          sent += 1;
          await sleep(ms);
        }
        done();
        socket.destroy();
      })();
    });
  });
}

/** A download that takes its time. */
export async function download(): Promise<object> {
  return await new Promise((resolve) => {
    http
      .get(options.url, (response) => {
        let bytes = 0;
        response.on('data', (data: Buffer) => {
          bytes += data.length;
        });
        response.on('close', () =>
          resolve({ version: response.headers['x-version'], bytes, complete: response.complete }),
        );
      })
      .on('error', (error) => resolve({ error: error.message }));
  });
}
