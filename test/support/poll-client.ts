import http2 from 'node:http2';
import https from 'node:https';
import { buffer } from 'node:stream/consumers';

/** One request to a container, over either protocol. */
export interface PollCall {
  readonly port: number;
  readonly ca: string;
  readonly method?: string;
  /** As it goes over the wire. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What came back, without what belongs to the connection alone (`date`, `connection`, `keep-alive`, pseudo-headers). */
export interface PollReply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Of the connection, where HTTP/1.1 says it. */
  readonly connection?: string | undefined;
}

/** The protocols that a container speaks. */
export const PROTOCOLS = ['HTTP/1.1', 'HTTP/2'] as const;
/** One of them. */
export type Protocol = (typeof PROTOCOLS)[number];

const OF_THE_CONNECTION = ['date', 'connection', 'keep-alive', ':status'];

/** Sends a request on a connection of its own, and waits for all of the answer. */
export async function sendPoll(protocol: Protocol, call: PollCall): Promise<PollReply> {
  if (protocol === 'HTTP/1.1') return await sendHttp1(call);
  const session = openHttp2(call);
  try {
    return await sendOn(session, call);
  } finally {
    session.close();
  }
}

/** A connection for `sendOn`. */
export function openHttp2({ port, ca }: Pick<PollCall, 'port' | 'ca'>): http2.ClientHttp2Session {
  const session = http2.connect(`https://127.0.0.1:${port}`, { ca });
  // Told to the streams as well.
  session.on('error', () => undefined);
  return session;
}

/** Sends a request as one more stream of a connection; rejects where it is refused or the connection ends. */
export async function sendOn(session: http2.ClientHttp2Session, call: PollCall): Promise<PollReply> {
  const { method = 'POST', path, headers = {}, body } = call;
  const stream = session.request({ ...headers, ':method': method, ':path': path });
  stream.end(body);
  // A stream that the server cancels before its answer is closed without an error.
  const got = await new Promise<http2.IncomingHttpHeaders>((resolve, reject) => {
    stream.once('response', resolve);
    stream.once('error', reject);
    stream.once('close', () => reject(new Error(`the stream was reset with ${stream.rstCode}`)));
  });
  return reply(Number(got[':status']), got, await buffer(stream));
}

/** Sends a request over HTTP/1.1, on a connection of the agent's. */
export async function sendHttp1(call: PollCall, agent: https.Agent | false = false): Promise<PollReply> {
  const { port, ca, method = 'POST', path, headers = {}, body } = call;
  return await new Promise((resolve, reject) => {
    const length = { 'content-length': String(Buffer.byteLength(body ?? '')) };
    const options = { host: '127.0.0.1', port, ca, method, path, agent, headers: { ...length, ...headers } };
    const asked = https.request(options, (response) => {
      buffer(response).then((bytes) => resolve(reply(response.statusCode ?? 0, response.headers, bytes)), reject);
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

function reply(
  statusCode: number,
  headers: Readonly<Record<string, string | string[] | number | undefined>>,
  bytes: Buffer,
): PollReply {
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.includes(name));
  return {
    statusCode,
    headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
    body: bytes.toString('utf8'),
    ...(headers['connection'] === undefined ? {} : { connection: String(headers['connection']) }),
  };
}
