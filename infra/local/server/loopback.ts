import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether a Host header, with or without a port, names this machine to itself. */
export function isLoopbackHost(host: string | undefined): boolean {
  const name = /^(\[[0-9a-f:.]+\]|[^:]+)(:\d{1,5})?$/i.exec(host ?? '')?.[1]?.replace(/^\[|\]$/g, '') ?? '';
  return name.toLowerCase() === 'localhost' || isLoopback(name);
}

/** Whether an address is one of loopback's; an IPv4 address may be written as an IPv6 socket writes it. */
export function isLoopback(address: string): boolean {
  const plain = /^::ffff:([\d.]+)$/i.exec(address)?.[1] ?? address;
  const family = isIP(plain);
  return family !== 0 && LOOPBACK.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}
