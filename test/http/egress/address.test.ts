import { expect, test } from 'vitest';
import { isInNetworks, type Reach, reachOf } from '../../../functions/http/egress/address.ts';

test.each<[address: string, reach: Reach]>([
  ['1.1.1.1', 'public'],
  ['9.255.255.255', 'public'],
  ['11.0.0.0', 'public'],
  ['172.15.255.255', 'public'],
  ['172.32.0.0', 'public'],
  ['223.255.255.255', 'public'],
  ['10.0.0.1', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'private'],
  ['100.127.255.255', 'private'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.255', 'loopback'],
  ['0.0.0.0', 'never'],
  ['0.1.2.3', 'never'],
  ['169.254.169.254', 'never'],
  ['169.254.170.2', 'never'],
  ['192.0.0.8', 'never'],
  ['192.0.2.1', 'never'],
  ['198.18.0.1', 'never'],
  ['198.51.100.1', 'never'],
  ['203.0.113.1', 'never'],
  ['224.0.0.1', 'never'],
  ['240.0.0.1', 'never'],
  ['255.255.255.255', 'never'],
  ['2606:4700:4700::1111', 'public'],
  ['2a00:1450::1', 'public'],
  ['2001:4860:4860::8888', 'public'],
  ['fd12:3456::1', 'private'],
  ['fc00::1', 'private'],
  ['::1', 'loopback'],
  ['0:0:0:0:0:0:0:1', 'loopback'],
  ['::', 'never'],
  ['::ffff:10.0.0.1', 'never'],
  ['::ffff:127.0.0.1', 'never'],
  ['::ffff:8.8.8.8', 'never'],
  ['::ffff:a00:1', 'never'],
  ['0:0:0:0:0:ffff:7f00:1', 'never'],
  ['::127.0.0.1', 'never'],
  ['::a00:1', 'never'],
  ['64:ff9b::10.0.0.1', 'never'],
  ['64:ff9b::a9fe:a9fe', 'never'],
  ['64:ff9b:1::1', 'never'],
  ['2002:7f00:1::', 'never'],
  ['2001::1', 'never'],
  ['2001:db8::1', 'never'],
  ['3fff::1', 'never'],
  ['fd00:ec2::254', 'never'],
  ['fd20:ce::254', 'never'],
  ['fe80::1', 'never'],
  ['fe80::1%eth0', 'never'],
  ['fec0::1', 'never'],
  ['ff02::1', 'never'],
  ['100::1', 'never'],
  ['', 'never'],
  ['localhost', 'never'],
  ['10.0.0', 'never'],
])('%s is %s', (address, reach) => {
  expect(reachOf(address)).toBe(reach);
});

test('networks hold their own addresses and no others', () => {
  const networks = ['10.20.0.0/16', 'fd12::/32'];
  expect(isInNetworks('10.20.255.1', networks)).toBe(true);
  expect(isInNetworks('10.21.0.1', networks)).toBe(false);
  expect(isInNetworks('fd12:0:1::1', networks)).toBe(true);
  expect(isInNetworks('fd13::1', networks)).toBe(false);
  expect(isInNetworks('10.20.0.1', [])).toBe(false);
});
