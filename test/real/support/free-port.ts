import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port that nobody listens on just now, for servers that have to be told theirs. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
