import { once } from 'node:events';
import tls from 'node:tls';
import { describe, expect, test } from 'vitest';
import { DISCOVERY_TIMEOUT_MS } from '../../functions/limits.ts';
import { HEADER_BYTES_MAX, HEARD_BYTES_MAX, STREAMS_MAX } from '../../infra/container/limits.ts';
import { makeCertificate } from '../../infra/local/server/certificate.ts';
import { openHttp2, PROTOCOLS, sendOn, sendPoll } from '../support/poll-client.ts';
import { startContainer } from '../support/poll-container.ts';

const OK = { statusCode: 200, headers: { 'content-type': 'text/plain' }, body: 'polled' };
const answerOk = async (): Promise<typeof OK> => OK;
const POLL = { path: '/v3/discovery:routes', headers: { authorization: 'Bearer x' }, body: '{}' };

/** A connection of TLS, its bytes up to us; `ended` settles when the server ends it, with all that it said. */
async function connect(
  { port, ca }: { readonly port: number; readonly ca: string },
  protocol: 'h2' | 'http/1.1' | undefined,
): Promise<{ readonly socket: tls.TLSSocket; readonly ended: Promise<string> }> {
  const ALPNProtocols = protocol === undefined ? [] : [protocol];
  const socket = tls.connect({ host: '127.0.0.1', port, ca, ALPNProtocols });
  socket.on('error', () => undefined);
  let said = '';
  socket.on('data', (chunk: Buffer) => {
    said += chunk.toString('latin1');
  });
  const ended = once(socket, 'close').then(() => said);
  await once(socket, 'secureConnect');
  return { socket, ended };
}

describe('protocols', () => {
  test.each([
    ['h2', 'h2'],
    ['http/1.1', 'http/1.1'],
    [undefined, false],
  ] as const)('a caller that offers %s speaks %s', async (offered, chosen) => {
    const { server, place } = await startContainer(answerOk);
    const { socket } = await connect(place, offered);
    expect(socket.alpnProtocol).toBe(chosen);
    socket.destroy();
    await server.leave(0);
  });

  test('TLS 1.1 is refused', async () => {
    const { server, place } = await startContainer(answerOk);
    const options = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const socket = tls.connect({ host: '127.0.0.1', ...place, ...options });
    const [error] = await once(socket, 'error');
    expect(String(error)).toMatch(/protocol version|unsupported protocol|handshake/i);
    await server.leave(0);
  });

  test.each(PROTOCOLS)('%s: probes say whether it lives and whether it takes polls', async (protocol) => {
    const { server, place } = await startContainer(answerOk);
    const ask = async (path: string, method = 'GET'): Promise<number> =>
      (await sendPoll(protocol, { ...place, path, method })).statusCode;
    expect([await ask('/healthz'), await ask('/ready'), await ask('/ready', 'HEAD')]).toEqual([200, 200, 200]);
    const left = server.leave(300);
    expect([await ask('/healthz'), await ask('/ready')]).toEqual([200, 503]);
    await left;
    await expect(ask('/healthz')).rejects.toThrow();
  });

  test.each(PROTOCOLS)('%s: an error of the handler, and one that never ends, are 503 and told', async (protocol) => {
    const thrown = await startContainer(() => Promise.reject(new TypeError('x')));
    expect((await sendPoll(protocol, { ...thrown.place, ...POLL })).statusCode).toBe(503);
    expect(thrown.failures).toEqual(['TypeError']);
    await thrown.server.leave(0);
    const endless = await startContainer(() => new Promise(() => undefined));
    const before = performance.now();
    expect((await sendPoll(protocol, { ...endless.place, ...POLL })).statusCode).toBe(503);
    expect(performance.now() - before).toBeGreaterThan(DISCOVERY_TIMEOUT_MS - 50);
    expect(endless.failures).toEqual(['TimeoutError']);
    await endless.server.leave(0);
  });
});

describe('bounds', () => {
  test('HTTP/1.1: a body that comes too slowly is cut off, and the handler never sees it', async () => {
    let calls = 0;
    const count = async (): Promise<typeof OK> => {
      calls++;
      return OK;
    };
    const { server, place } = await startContainer(count, { requestMs: 300 });
    const { socket, ended } = await connect(place, 'http/1.1');
    const dripping = setInterval(() => socket.write('x'), 20);
    socket.write('POST / HTTP/1.1\r\nhost: a\r\nauthorization: Bearer x\r\ncontent-length: 100000\r\n\r\n');
    expect(await ended).toBe('');
    clearInterval(dripping);
    expect(calls).toBe(0);
    await server.leave(0);
  });

  test('HTTP/1.1: headers that come too slowly, or none at all, end the connection', async () => {
    const { server, place } = await startContainer(answerOk, { requestMs: 300 });
    const [slow, silent] = [await connect(place, 'http/1.1'), await connect(place, 'http/1.1')];
    slow.socket.write('POST / HTTP/1.1\r\nhost: a\r\n');
    expect(await slow.ended).toMatch(/^HTTP\/1.1 408/);
    expect(await silent.ended).toMatch(/^HTTP\/1.1 408/);
    await server.leave(0);
  });

  test('HTTP/2: a body that does not come ends its stream alone', async () => {
    const { server, place } = await startContainer(answerOk, { requestMs: 300 });
    const session = openHttp2(place);
    const slow = session.request({ ':method': 'POST', ':path': '/', authorization: 'Bearer x' });
    slow.write('x');
    const cut = once(slow, 'close');
    slow.on('error', () => undefined);
    await cut;
    expect(slow.rstCode).not.toBe(0);
    expect((await sendOn(session, { ...place, ...POLL })).statusCode).toBe(200);
    session.close();
    await server.leave(0);
  });

  test.each(PROTOCOLS)('%s: a body that never ends is cut off', async (protocol) => {
    const { server, place } = await startContainer(answerOk);
    const body = Buffer.alloc(HEARD_BYTES_MAX + 1_024 * 1_024);
    await expect(sendPoll(protocol, { ...place, ...POLL, body })).rejects.toThrow();
    await server.leave(0);
  });

  test.each(
    PROTOCOLS,
  )('%s: the bodies of all together have a bound, and what was taken is given back', async (protocol) => {
    const { server, place, failures } = await startContainer(answerOk, { bodiesBytesMax: 100_000 });
    const poll = async (bytes: number): Promise<number> =>
      (await sendPoll(protocol, { ...place, ...POLL, body: 'x'.repeat(bytes) })).statusCode;
    for (let i = 0; i < 5; i++) expect(await poll(60_000)).toBe(200);
    expect(await poll(100_001)).toBe(503);
    expect(failures).toEqual(['OverloadError']);
    // One that is refused for its length is not kept, so it is no overload; and callers that go away give back.
    const { socket } = await connect(place, 'http/1.1');
    socket.write('POST / HTTP/1.1\r\nhost: a\r\nauthorization: Bearer x\r\ncontent-length: 90000\r\n\r\n');
    socket.write('x'.repeat(80_000));
    await expect.poll(async () => await poll(60_000)).toBe(503);
    socket.destroy();
    await expect.poll(async () => await poll(60_000)).toBe(200);
    expect(await poll(1_000_000)).toBe(200);
    await server.leave(0);
  });

  test.each(PROTOCOLS)('%s: of a caller without a token no byte of the body is kept', async (protocol) => {
    const seen: unknown[] = [];
    const { server, place } = await startContainer(async (event) => {
      seen.push(event);
      return OK;
    });
    await sendPoll(protocol, { ...place, path: '/', body: 'x'.repeat(100_000) });
    expect(seen).toEqual([expect.not.objectContaining({ body: expect.anything() })]);
    await server.leave(0);
  });

  test.each([
    ['HTTP/1.1', HEADER_BYTES_MAX],
    // That of nghttp2, which Node has no option for; ours is only told to the caller.
    ['HTTP/2', 64 * 1_024],
  ] as const)('%s: headers of more than %i bytes are refused', async (protocol, max) => {
    const { server, place } = await startContainer(answerOk);
    const ask = async (length: number): Promise<number> => {
      const call = { ...place, ...POLL, headers: { authorization: `Bearer ${'x'.repeat(length)}` } };
      return (await sendPoll(protocol, call)).statusCode;
    };
    expect(await ask(max / 2)).toBe(200);
    const refused = await ask(max + 1).catch(() => 'cut');
    expect([431, 'cut']).toContain(refused);
    await server.leave(0);
  });

  test('HTTP/2: a connection has so many streams at a time', async () => {
    const { server, place } = await startContainer(answerOk);
    const session = openHttp2(place);
    const [settings] = await once(session, 'remoteSettings');
    expect(settings.maxConcurrentStreams).toBe(STREAMS_MAX);
    session.close();
    await server.leave(0);
  });

  test('more connections than there may be are closed as they come, and counted', async () => {
    const { server, place } = await startContainer(answerOk, { connectionsMax: 2 });
    const held = [await connect(place, 'http/1.1'), await connect(place, 'h2')];
    await expect(sendPoll('HTTP/1.1', { ...place, ...POLL })).rejects.toThrow();
    expect([server.takeDropped(), server.takeDropped()]).toEqual([1, 0]);
    for (const { socket } of held) socket.destroy();
    await expect
      .poll(async () => await sendPoll('HTTP/1.1', { ...place, ...POLL }).catch(() => undefined))
      .toMatchObject({ statusCode: 200 });
    await server.leave(0);
  });
});

test('a new certificate is that of new connections; those that are open go on', async () => {
  const { server, place, certificate } = await startContainer(answerOk);
  const open = openHttp2(place);
  expect((await sendOn(open, { ...place, ...POLL })).statusCode).toBe(200);
  const next = await makeCertificate(['127.0.0.1']);
  server.replaceTls(next);
  expect((await sendOn(open, { ...place, ...POLL })).statusCode).toBe(200);
  for (const protocol of PROTOCOLS) {
    const { port } = place;
    expect((await sendPoll(protocol, { ...POLL, port, ca: next.ca })).statusCode).toBe(200);
    await expect(sendPoll(protocol, { ...POLL, port, ca: certificate.ca })).rejects.toThrow();
  }
  open.close();
  await server.leave(0);
});

test('a connection that nothing ends is ended when the time for going is over', async () => {
  const { server, place } = await startContainer(answerOk, { requestMs: 300 });
  const { ended } = await connect(place, 'h2');
  const before = performance.now();
  await server.leave(0);
  await ended;
  expect(performance.now() - before).toBeLessThan(5_000);
});
