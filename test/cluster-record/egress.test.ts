import { expect, test } from 'vitest';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';

const egress = {
  hosts: ['prometheus.example.com', 'prometheus.example.com:8443', '*.example.com', '192.0.2.7', 'localhost:1'],
  http: ['prometheus.internal:9090', '10.20.0.7:80'],
  private: ['10.20.0.0/16', '127.0.0.1/32', 'fd12:3456::/32'],
  workspaces: ['eu-central-1/ws-0a1b2c3d-4e5f-6789-abcd-ef0123456789'],
  cloudwatch: ['AWS/ApplicationELB', 'Shop.Cart', '*'],
  regions: ['eu-west-1', 'us-gov-east-1'],
  alarms: ['cart-5xx', 'cart (all) *', '*'],
};

test('what metrics may ask is kept', () => {
  expect(parseClusterRecord({ egress })).toMatchObject({ valid: true, value: { egress } });
});

test('lists that are absent are empty, and a newer version may know more of them', () => {
  const empty = { hosts: [], http: [], private: [], workspaces: [], cloudwatch: [], regions: [], alarms: [] };
  expect(parseClusterRecord({ egress: { future: 1 } })).toMatchObject({ valid: true, value: { egress: empty } });
});

test("https' own port is left out, as in URLs", () => {
  const parsed = parseClusterRecord({ egress: { hosts: ['a.example.com:443'] } });
  expect(parsed).toMatchObject({ value: { egress: { hosts: ['a.example.com'] } } });
});

test.each<[title: string, path: string, egress: unknown]>([
  ['a list', 'egress', []],
  ['a text', 'egress.hosts', { hosts: 'a.example.com' }],
  ['a URL', 'egress.hosts[0]', { hosts: ['https://a.example.com'] }],
  ['upper case', 'egress.hosts[1]', { hosts: ['a', 'A.example.com'] }],
  ['every host', 'egress.hosts[0]', { hosts: ['*'] }],
  ['a whole top-level domain', 'egress.hosts[0]', { hosts: ['*.com'] }],
  ['a * within', 'egress.hosts[0]', { hosts: ['a.*.com'] }],
  ['a * with a port', 'egress.hosts[0]', { hosts: ['*.example.com:8443'] }],
  ['an empty label', 'egress.hosts[0]', { hosts: ['a..example.com'] }],
  ['a dot at the end', 'egress.hosts[0]', { hosts: ['a.example.com.'] }],
  ['user and password', 'egress.hosts[0]', { hosts: ['u:p@a.example.com'] }],
  ['a port that is none', 'egress.hosts[0]', { hosts: ['a.example.com:70000'] }],
  ['plain http without a port', 'egress.http[0]', { http: ['a.example.com'] }],
  ['plain http for all below', 'egress.http[0]', { http: ['*.example.com:80'] }],
  ['an address for a network', 'egress.private[0]', { private: ['10.0.0.1'] }],
  ['a prefix that is too long', 'egress.private[0]', { private: ['10.0.0.0/33'] }],
  ['a network that is none', 'egress.private[0]', { private: ['10.0.0/8'] }],
  ['a workspace without its region', 'egress.workspaces[0]', { workspaces: ['ws-0a1b'] }],
  ['a namespace with a blank', 'egress.cloudwatch[0]', { cloudwatch: ['My App'] }],
  ['an alarm with a * within', 'egress.alarms[0]', { alarms: ['a*b'] }],
  ['every region', 'egress.regions[0]', { regions: ['*'] }],
  ['a host for a region', 'egress.regions[0]', { regions: ['eu-west-1.example.com'] }],
  ['too many', 'egress.alarms', { alarms: Array.from({ length: 65 }, (_, i) => `a${i}`) }],
])('egress that cannot be: %s', (_title, path, found) => {
  const parsed = parseClusterRecord({ egress: found });
  expect(parsed.valid ? [] : parsed.faults.map((fault) => fault.path)).toEqual([path]);
});
