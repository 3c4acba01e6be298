import type { ServerResponse } from 'node:http';
import type { WatchStream } from './watch-stream.ts';

/**
 * Sends a watch line by line until it ends or the client goes. The headers go at once: a client that ends its watch before
 * them reports a failure.
 */
export async function sendWatch(response: ServerResponse, { lines }: WatchStream): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache' });
  response.flushHeaders();
  for await (const line of lines) {
    if (response.destroyed) return;
    response.write(line);
  }
  response.end();
}

/** Aborted once the client of a response has gone, or has all of it. */
export function untilClosed(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}
