import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ClientHttp2Session } from 'node:http2';
import https from 'node:https';
import { join } from 'node:path';
import { isRecord } from '../../functions/json/faults.ts';
import { openHttp2, type PollReply, PROTOCOLS, type Protocol, sendHttp1, sendOn } from '../support/poll-client.ts';

/*
 * `node test/bench/container.ts [CONNECTIONS]`: what one poll, one connection and one handshake cost the container, as docs/cost.md
 * reckons with them. By hand: it takes a minute and wants a quiet machine.
 */
const CONNECTIONS = Number(process.argv[2] ?? 500);
const ROUNDS = Math.ceil(20_000 / CONNECTIONS);
const FULL = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'polls', 'routes-1.40.json'), 'utf8');
const CUT = FULL.replace(/,"extensions":\[.*\]\}(?=,"resource_names")/s, '}');

interface Used {
  readonly cpuUs: number;
  readonly rss: number;
}
interface Ready {
  readonly place: { readonly port: number; readonly ca: string };
  readonly tokens: readonly string[];
}
type Send = (body: string) => Promise<PollReply>;

for (const protocol of PROTOCOLS) await measure(protocol);

async function measure(protocol: Protocol): Promise<void> {
  const server = fork(join(import.meta.dirname, 'container-server.ts'), {
    execArgv: ['--expose-gc', '--max-old-space-size=256'],
  });
  const { place, tokens } = await messageOf(server, isReady);
  const connections = Array.from({ length: CONNECTIONS }, (_, i) =>
    open(protocol, place, tokens[i % tokens.length] ?? ''),
  );
  const bodies = { cut: CUT, whole: FULL };
  // Tokens are proved, and code is made fast, on connections that are not measured.
  const warm = open(protocol, place, tokens[0] ?? '');
  for (const token of tokens) await open(protocol, place, token)(CUT);
  for (let i = 0; i < 2_000; i++) await warm(CUT);
  const before = await usedBy(server);
  for (const send of connections) await send(CUT);
  const connected = await usedBy(server);
  print(`${protocol} handshake and first poll`, `${perEach(before, connected, CONNECTIONS)} µs`);
  print(`${protocol} memory of a connection`, `${Math.round((connected.rss - before.rss) / CONNECTIONS / 1_024)} KB`);
  for (const [name, body] of Object.entries(bodies)) {
    const start = await usedBy(server);
    // Of whole bodies only as many at a time as there is room for.
    const senders = connections.slice(0, name === 'whole' ? 500 : CONNECTIONS);
    for (let round = 0; round < ROUNDS; round++) await Promise.all(senders.map((send) => send(body)));
    const end = await usedBy(server);
    print(`${protocol} poll (${name}, ${body.length} bytes)`, `${perEach(start, end, senders.length * ROUNDS)} µs`);
    print(`${protocol} memory in all`, `${Math.round(end.rss / 1_048_576)} MB`);
  }
  server.kill();
  await once(server, 'exit');
}

/** A proxy with one connection of its own. */
function open(protocol: Protocol, place: Ready['place'], token: string): Send {
  const call = (body: string): Parameters<typeof sendHttp1>[0] => ({
    ...place,
    path: '/v3/discovery:routes',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
  });
  if (protocol === 'HTTP/1.1') {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    return async (body) => await sendHttp1(call(body), agent);
  }
  let session: ClientHttp2Session | undefined;
  return async (body) => {
    session ??= openHttp2(place);
    return await sendOn(session, call(body));
  };
}

async function usedBy(server: ChildProcess): Promise<Used> {
  server.send('used');
  return await messageOf(server, isUsed);
}

async function messageOf<T>(server: ChildProcess, isWanted: (value: unknown) => value is T): Promise<T> {
  const [message]: readonly unknown[] = await once(server, 'message');
  if (isWanted(message)) return message;
  throw new Error('the server said something else');
}

function isReady(value: unknown): value is Ready {
  return isRecord(value) && 'place' in value && 'tokens' in value;
}

function isUsed(value: unknown): value is Used {
  return isRecord(value) && 'cpuUs' in value && 'rss' in value;
}

function perEach(before: Used, after: Used, count: number): number {
  return Math.round((after.cpuUs - before.cpuUs) / count);
}

function print(what: string, figure: string): void {
  process.stdout.write(`${what.padEnd(50)} ${figure}\n`);
}
