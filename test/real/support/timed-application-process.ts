import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * An application in a process of its own (`timed-application.ts` starts it), so that nothing else of a test makes it late:
 * responds after times that spread evenly over a range, with 500 to every so many requests.
 *
 * Its arguments: the least and the longest time in milliseconds, and of how many requests one fails (0: none).
 */
const [least = 0, longest = 0, failEvery = 0] = process.argv.slice(2).map(Number);
const taken: { readonly status: number; readonly ms: number }[] = [];
let requests = 0;

const server = http.createServer((request, response) => {
  const begin = performance.now();
  const n = ++requests;
  const status = failEvery > 0 && n % failEvery === 0 ? 500 : 200;
  response.once('finish', () => taken.push({ status, ms: performance.now() - begin }));
  request.resume();
  // Two requests after each other differ, and many are spread evenly.
  const share = (n * 0.618_034) % 1;
  setTimeout(() => response.writeHead(status).end('x'), least + share * (longest - least));
});

server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address() as AddressInfo;
// Whatever was done since the question before is what is asked for.
process.on('message', () => process.send?.({ taken: taken.splice(0) }));
process.once('disconnect', () => process.exit());
process.send?.({ port: address.port });
