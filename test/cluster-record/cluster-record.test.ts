import { expect, test } from 'vitest';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';

test('an empty record is all defaults', () => {
  expect(parseClusterRecord({})).toEqual({
    valid: true,
    value: {
      policy: 'enabled',
      defaultTemplates: [],
      neverSelectors: [],
      alwaysSelectors: [],
      channel: 'stable',
      minEpoch: 0,
      clusterDomain: 'cluster.local',
      nativeSidecars: true,
    },
  });
});

test('a full record is kept, and what a newer version wrote is passed over', () => {
  const record = {
    policy: 'disabled',
    defaultTemplates: ['a', 'b'],
    channel: 'canary',
    minEpoch: 3,
    audience: 'outrigger/a',
    clusterDomain: 'corp.local',
    nativeSidecars: false,
    next: { channel: 'next.1', share: 37, shadow: true },
    discovery: {
      host: '2001:db8::1',
      port: 8443,
      ca: 'system',
      refresh: '1m30s',
      routesRefresh: '500ms',
      idle: '2m',
      refreshes: ['10m'],
    },
    issuer: 'https://example.com',
    jwks: { keys: [{ kty: 'RSA', kid: 'k', n: 'AQ', e: 'AQAB' }] },
    podSecurity: { default: 'baseline', namespaces: { shop: 'restricted' } },
    admissionAdds: { env: ['DD_AGENT_HOST'], volumeMounts: ['/var/run/datadog'] },
  };
  const selector = { matchLabels: { app: 'x' } };
  const parsed = parseClusterRecord({
    ...record,
    neverSelectors: [selector],
    alwaysSelectors: [{}, selector],
    next: { ...record.next, future: 1 },
  });
  const read = { matchLabels: new Map([['app', 'x']]), matchExpressions: [] };
  const all = { matchLabels: new Map(), matchExpressions: [] };
  expect(parsed).toEqual({
    valid: true,
    value: {
      ...record,
      // as protobuf's JSON writes durations
      discovery: {
        ...record.discovery,
        refresh: '90s',
        routesRefresh: '0.5s',
        movingRefresh: '0.5s',
        idle: '120s',
        refreshes: ['600s'],
      },
      neverSelectors: [read],
      alwaysSelectors: [all, read],
    },
  });
});

test.each<[string, string, unknown]>([
  ['a list', 'admissionAdds', []],
  ['a text', 'admissionAdds.env', { env: 'A' }],
  ['no name of a variable', 'admissionAdds.env[0]', { env: ['A=B'] }],
  ['too many', 'admissionAdds.env', { env: Array.from({ length: 65 }, (_, i) => `A${i}`) }],
  ['a relative path', 'admissionAdds.volumeMounts[0]', { volumeMounts: ['x'] }],
])('additions of admission that cannot be: %s', (_title, path, admissionAdds) => {
  const parsed = parseClusterRecord({ admissionAdds });
  expect(parsed.valid ? [] : parsed.faults.map((fault) => fault.path)).toContain(path);
});

test.each<[string, string, object]>([
  ['plain HTTP without keys', 'issuer', { issuer: 'http://example.com' }],
  ['no URL', 'issuer', { issuer: 'https://' }],
  ['a number', 'issuer', { issuer: 5 }],
  ['keys without an issuer', 'jwks', { jwks: { keys: [] } }],
  ['no keys', 'jwks', { issuer: 'x', jwks: { keys: [] } }],
  ['a private key', 'jwks.keys[0]', { issuer: 'x', jwks: { keys: [{ kty: 'RSA', kid: 'k', d: 'secret' }] } }],
  ['a key without a kid', 'jwks.keys[0]', { issuer: 'x', jwks: { keys: [{ kty: 'EC' }] } }],
  ['a symmetric key', 'jwks.keys[0]', { issuer: 'x', jwks: { keys: [{ kty: 'oct', kid: 'k' }] } }],
])('an issuer that cannot be: %s', (_title, path, record) => {
  const parsed = parseClusterRecord(record);
  expect(parsed.valid ? [] : parsed.faults.map((fault) => fault.path)).toContain(path);
  expect(JSON.stringify(parsed)).not.toContain('secret');
});

test('where proxies ask has defaults for all but the host', () => {
  const parsed = parseClusterRecord({ discovery: { host: 'd.example.com', future: 1 } });
  const discovery = { host: 'd.example.com', port: 443, ca: 'system', refresh: '30s', routesRefresh: '5s' };
  const paces = { movingRefresh: '2s', idle: '60s' };
  expect(parsed).toMatchObject({ value: { discovery: { ...discovery, ...paces } } });
});

test('a next channel has no share and is no shadow until it says so', () => {
  const parsed = parseClusterRecord({ next: { channel: 'canary' } });
  expect(parsed).toMatchObject({ value: { next: { channel: 'canary', share: 0, shadow: false } } });
});

test('a record is frozen', () => {
  const parsed = parseClusterRecord({ defaultTemplates: ['a'] });
  expect(parsed.valid && [parsed.value, parsed.value.defaultTemplates].every(Object.isFrozen)).toBe(true);
});

test.each<[string, string[], unknown]>([
  ['null', [''], null],
  ['a list', [''], []],
  ['a text', [''], 'enabled'],
  ['an unknown policy', ['policy'], { policy: 'Enabled' }],
  ['default templates that are a text', ['defaultTemplates'], { defaultTemplates: 'a' }],
  ['a default template that is no name', ['defaultTemplates[1]'], { defaultTemplates: ['a', '../b'] }],
  ['neverSelectors that are a map', ['neverSelectors'], { neverSelectors: {} }],
  ['a neverSelector that is null', ['neverSelectors[0]'], { neverSelectors: [null] }],
  [
    'a bad operator',
    ['alwaysSelectors[0].matchExpressions[0].operator'],
    { alwaysSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Is' }] }] },
  ],
  ['a channel that begins with a digit', ['channel'], { channel: '1st' }],
  ['a channel with a slash', ['channel'], { channel: 'a/b' }],
  ['an empty channel', ['channel'], { channel: '' }],
  ['a channel of 101 characters', ['channel'], { channel: 'a'.repeat(101) }],
  ['a next that is a text', ['next'], { next: 'canary' }],
  ['a next without channel', ['next.channel'], { next: { share: 10 } }],
  ['a next channel with a slash', ['next.channel'], { next: { channel: '../x' } }],
  ['a next channel that is a number', ['next.channel'], { next: { channel: 1 } }],
  ['a share above all', ['next.share'], { next: { channel: 'canary', share: 101 } }],
  ['a share below none', ['next.share'], { next: { channel: 'canary', share: -1 } }],
  ['a part of a percent', ['next.share'], { next: { channel: 'canary', share: 0.5 } }],
  ['a share as text', ['next.share'], { next: { channel: 'canary', share: '10%' } }],
  ['a shadow in quotes', ['next.shadow'], { next: { channel: 'canary', shadow: 'true' } }],
  [
    'every field of next',
    ['next.channel', 'next.share', 'next.shadow'],
    { next: { channel: '', share: 7.1, shadow: 1 } },
  ],
  ['nativeSidecars in quotes', ['nativeSidecars'], { nativeSidecars: 'true' }],
  ['an empty audience', ['audience'], { audience: '' }],
  ['an audience that is a list', ['audience', 'audience'], { audience: [] }],
  ['a domain with a slash', ['clusterDomain'], { clusterDomain: 'a/b' }],
  ['a discovery that is a text', ['discovery'], { discovery: 'https://x' }],
  ['a discovery without host', ['discovery.host', 'discovery.host'], { discovery: {} }],
  ['a host that is a URL', ['discovery.host'], { discovery: { host: 'https://x' } }],
  ['former refreshes that are none', ['discovery.refreshes[1]'], { discovery: { host: 'x', refreshes: ['30s', '1'] } }],
  ['too many of them', ['discovery.refreshes'], { discovery: { host: 'x', refreshes: Array(9).fill('30s') } }],
  ['a port 0', ['discovery.port'], { discovery: { host: 'x', port: 0 } }],
  ['a CA that is neither', ['discovery.ca'], { discovery: { host: 'x', ca: '/etc/ca.pem' } }],
  ['a refresh without a pause', ['discovery.refresh'], { discovery: { host: 'x', refresh: '0s' } }],
  ['Pod Security that is a text', ['podSecurity'], { podSecurity: 'baseline' }],
  ['a level that is none', ['podSecurity.default'], { podSecurity: { default: 'strict' } }],
  ['a level of a namespace that is none', ['podSecurity.namespaces.a'], { podSecurity: { namespaces: { a: 1 } } }],
  [
    'a namespace that is none',
    ['podSecurity.namespaces["A B"]'],
    { podSecurity: { namespaces: { 'A B': 'baseline' } } },
  ],
  ['an idle pace of half a second', ['discovery.idle'], { discovery: { host: 'x', idle: '500ms' } }],
  ['an idle pace that no sidecar keeps', ['discovery.idle'], { discovery: { host: 'x', idle: '301s' } }],
  ['an idle pace that is no duration', ['discovery.idle'], { discovery: { host: 'x', idle: 60 } }],
  ['a refresh without a unit', ['discovery.refresh'], { discovery: { host: 'x', refresh: 30 } }],
  ['a routesRefresh below zero', ['discovery.routesRefresh'], { discovery: { host: 'x', routesRefresh: '-1s' } }],
  ['a minEpoch in quotes', ['minEpoch'], { minEpoch: '3' }],
  ['a negative minEpoch', ['minEpoch'], { minEpoch: -1 }],
  ['a minEpoch beyond 2^53', ['minEpoch'], { minEpoch: 2 ** 53 }],
  ['two faults at once', ['channel', 'policy'], { policy: 'x', channel: '' }],
])('%s is refused at %j', (_case, paths, document) => {
  const parsed = parseClusterRecord(document);
  expect(parsed.valid ? [] : parsed.faults.map((f) => f.path)).toEqual(paths);
});
