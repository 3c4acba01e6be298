import { BlockList, isIP, isIPv4 } from 'node:net';

/** A range of addresses: `[address, length of the prefix]`. */
type Range = readonly [address: string, prefix: number];

/** What is not globally reachable (IANA IPv4 Special-Purpose Address Registry), multicast and reserved. */
const NOT_PUBLIC_4: readonly Range[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];
/** All of IPv6 that is public lies in 2000::/3 (IANA IPv6 Address Space); mapped, NAT64 and the like lie elsewhere. */
const PUBLIC_6: readonly Range[] = [['2000::', 3]];
/** Of that: protocol assignments with Teredo, documentation, and 6to4, in which an IPv4 address stands. */
const NOT_PUBLIC_6: readonly Range[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];
/** Private networks that a cluster record may open: RFC 1918, RFC 6598 and RFC 4193. */
const PRIVATE_4: readonly Range[] = [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
];
const PRIVATE_6: readonly Range[] = [['fc00::', 7]];
/** Instance metadata, which hands out credentials, in an IPv6 network that is private otherwise. */
const METADATA_6: readonly Range[] = [
  ['fd00:ec2::', 32],
  ['fd20:ce::', 32],
];

const notPublic4 = listOf(NOT_PUBLIC_4, 'ipv4');
const public6 = listOf(PUBLIC_6, 'ipv6');
const notPublic6 = listOf(NOT_PUBLIC_6, 'ipv6');
const private4 = listOf(PRIVATE_4, 'ipv4');
const private6 = listOf(PRIVATE_6, 'ipv6');
const metadata6 = listOf(METADATA_6, 'ipv6');
const loopback4 = listOf([['127.0.0.0', 8]], 'ipv4');

/** Where an address leads. `never` is link-local, multicast, mapped, reserved, unspecified, and instance metadata. */
export type Reach = 'public' | 'private' | 'loopback' | 'never';

/** Where an IP address leads; what is no address leads nowhere. */
export function reachOf(address: string): Reach {
  const family = isIP(address);
  if (family === 4) {
    if (!notPublic4.check(address)) return 'public';
    if (private4.check(address)) return 'private';
    return loopback4.check(address) ? 'loopback' : 'never';
  }
  // A zone (`fe80::1%eth0`) is of a link.
  if (family !== 6 || address.includes('%')) return 'never';
  if (new URL(`http://[${address}]`).hostname === '[::1]') return 'loopback';
  // Node's lists take a mapped address for the IPv4 one in it.
  if (isMapped(address)) return 'never';
  if (public6.check(address, 'ipv6') && !notPublic6.check(address, 'ipv6')) return 'public';
  return private6.check(address, 'ipv6') && !metadata6.check(address, 'ipv6') ? 'private' : 'never';
}

/** Whether an address lies in one of some networks (`10.20.0.0/16`). */
export function isInNetworks(address: string, networks: readonly string[]): boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', prefix = ''] = network.split('/');
    list.addSubnet(base, Number(prefix), isIPv4(base) ? 'ipv4' : 'ipv6');
  }
  return list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

function isMapped(address: string): boolean {
  return new URL(`http://[${address}]`).hostname.startsWith('[::ffff:');
}

function listOf(ranges: readonly Range[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of ranges) list.addSubnet(address, prefix, family);
  return list;
}
