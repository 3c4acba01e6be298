import { describe, expect, test } from 'vitest';
import { createConsoleAccess } from '../../infra/console/server/access.ts';

const access = createConsoleAccess('http');
const { token } = access;
const HOST = '127.0.0.1:8080';
const OWN = { host: HOST, origin: `http://${HOST}`, 'x-outrigger-console': token };

describe('the console’s own page', () => {
  test.each<[string, Readonly<Record<string, string | undefined>>, boolean]>([
    ['its Host, its Origin, its token', OWN, true],
    ['a read, which has no Origin', { ...OWN, origin: undefined }, true],
    ['localhost', { ...OWN, host: 'localhost:9', origin: 'http://localhost:9' }, true],
    ['IPv6', { ...OWN, host: '[::1]:9', origin: 'http://[::1]:9' }, true],
    ['no token', { ...OWN, 'x-outrigger-console': undefined }, false],
    ['an empty token', { ...OWN, 'x-outrigger-console': '' }, false],
    ['the token of another start', { ...OWN, 'x-outrigger-console': createConsoleAccess('http').token }, false],
    ['another Origin', { ...OWN, origin: 'https://evil.example' }, false],
    ['another port', { ...OWN, origin: 'http://127.0.0.1:8081' }, false],
    ['another scheme', { ...OWN, origin: `https://${HOST}` }, false],
    ['another name of this machine', { ...OWN, origin: 'http://localhost:8080' }, false],
    ['an opaque Origin', { ...OWN, origin: 'null' }, false],
    ['a name that was rebound', { ...OWN, host: 'evil.example:8080', origin: 'http://evil.example:8080' }, false],
    ['a name that looks like loopback', { ...OWN, host: '127.0.0.1.evil.example:8080', origin: undefined }, false],
    ['no Host', { ...OWN, host: undefined }, false],
  ])('%s: %s', (_case, headers, isOwn) => {
    expect(access.isOwnPage(headers)).toBe(isOwn);
  });

  test('each start has a token of 256 bits', () => {
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(createConsoleAccess('http').token).not.toBe(token);
  });
});
