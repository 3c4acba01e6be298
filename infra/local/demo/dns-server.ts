import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A DNS server on loopback. */
export interface DnsServer {
  readonly port: number;
  close(): void;
}

const [TYPE_A, CLASS_IN] = [1, 1];
const [NAME_ERROR, ANSWERS] = [0x8183, 0x8180];
const HEADER_BYTES = 12;

/**
 * A few lines of DNS (RFC 1035), so that names of Services work on a machine without a cluster: A records by UDP,
 * everything else is an empty answer.
 *
 * @param lookup the IPv4 addresses of a name in lower case without its last dot; undefined when there is no such name
 */
export async function startDnsServer(lookup: (name: string) => readonly string[] | undefined): Promise<DnsServer> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const answer = answerTo(query, lookup);
    if (answer !== undefined) socket.send(answer, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { port: socket.address().port, close: () => socket.close() };
}

function answerTo(query: Buffer, lookup: (name: string) => readonly string[] | undefined): Buffer | undefined {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at]; length !== undefined && length !== 0; length = query[at]) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const end = at + 5;
  if (query.length < end) return undefined;
  const addresses = lookup(labels.join('.').toLowerCase());
  const isA = query.readUInt16BE(at + 1) === TYPE_A && query.readUInt16BE(at + 3) === CLASS_IN;
  const records = isA ? (addresses ?? []) : [];
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(query.readUInt16BE(0), 0);
  header.writeUInt16BE(addresses === undefined ? NAME_ERROR : ANSWERS, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, query.subarray(HEADER_BYTES, end), ...records.map(recordOf)]);
}

/** An A record for the name at the beginning of the question, good for a second. */
function recordOf(address: string): Buffer {
  const record = Buffer.from([0xc0, HEADER_BYTES, 0, TYPE_A, 0, CLASS_IN, 0, 0, 0, 1, 0, 4, 0, 0, 0, 0]);
  for (const [i, byte] of address.split('.').entries()) record[12 + i] = Number(byte);
  return record;
}
