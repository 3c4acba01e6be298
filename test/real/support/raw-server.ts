import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';

/** A server that speaks bytes: nothing between the wire and a test puts anything right. */
export interface RawServer {
  readonly port: number;
  /** The heads of the requests that came, oldest first. */
  readonly heads: string[];
  close(): void;
}

const BLANK_LINE = '\r\n\r\n';
const DONE = 'Content-Length: 4\r\n\r\ndone';

/** Answers that other servers of HTTP would not make, by the path that asks for them. */
const ODD_ANSWERS: ReadonlyMap<string, string> = new Map([
  ['/phrase', `HTTP/1.1 200 Quite Fine\r\n${DONE}`],
  ['/too-large', `HTTP/1.1 413 Too Large\r\n${DONE}`],
  ['/no-phrase', `HTTP/1.1 299 \r\n${DONE}`],
  ['/early', `HTTP/1.1 103 Early Hints\r\nLink: </a>${BLANK_LINE}HTTP/1.1 200 OK\r\n${DONE}`],
  ['/two-lengths', `HTTP/1.1 200 OK\r\nContent-Length: 4\r\n${DONE}`],
  ['/length-and-chunks', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${DONE}`],
  ['/icy', `ICY 200 OK\r\n${DONE}`],
]);

/**
 * Answers by the request's first line: CONNECT and upgrades are agreed to, `/many` and `/large` have such headers, the
 * other paths have such a status line or framing.
 */
export async function startRawServer(): Promise<RawServer> {
  const heads: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    let rest = '';
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      rest += chunk.toString('latin1');
      for (let end = rest.indexOf(BLANK_LINE); end !== -1; end = rest.indexOf(BLANK_LINE)) {
        const head = rest.slice(0, end);
        rest = rest.slice(end + BLANK_LINE.length);
        heads.push(head);
        socket.write(answerTo(head));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    heads,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Sends bytes, and answers what came back up to the end of `until`; throws what had come when there is none. */
export async function sendRaw(port: number, bytes: string, until: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  socket.setTimeout(30_000, () => socket.destroy(new Error(`no ${JSON.stringify(until)} came`)));
  socket.write(bytes);
  let answer = '';
  try {
    for await (const chunk of socket) {
      answer += String(chunk);
      if (answer.includes(until)) break;
    }
  } finally {
    socket.destroy();
  }
  return answer;
}

function answerTo(head: string): string {
  const [, path = ''] = head.split(' ');
  if (head.startsWith('CONNECT ')) return `HTTP/1.1 200 OK${BLANK_LINE}tunnel`;
  const upgrade = /\r\nupgrade: (.*)/i.exec(head)?.[1];
  if (upgrade !== undefined) {
    return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}${BLANK_LINE}tunnel`;
  }
  const odd = ODD_ANSWERS.get(path);
  if (odd !== undefined) return odd;
  const more = path === '/many' ? lines(500) : path === '/large' ? `X-Large: ${'y'.repeat(200_000)}\r\n` : '';
  return `HTTP/1.1 200 OK\r\n${more}X-End: 1\r\nContent-Length: 4\r\n\r\ndone`;
}

/** That many headers. */
export function lines(count: number): string {
  return Array.from({ length: count }, (_, i) => `X-H${i}: v\r\n`).join('');
}
