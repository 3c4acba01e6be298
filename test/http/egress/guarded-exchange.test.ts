import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkUrl, EgressError, type EgressPolicy } from '../../../functions/http/egress/egress-policy.ts';
import { createGuardedExchange } from '../../../functions/http/egress/guarded-exchange.ts';
import { NoAnswerError } from '../../../functions/http/http-client.ts';
import { urlFault } from '../../../functions/json/url-fault.ts';
import { startTlsServer, type TlsServer } from '../../support/tls-server.ts';

const POLICY: EgressPolicy = { hosts: [], http: [], private: [] };
const NAME = 'prometheus.test';

let plain: http.Server;
let listener: RequestListener;
let tls: TlsServer;
let requests = 0;

beforeAll(async () => {
  plain = http.createServer((request, response) => {
    requests++;
    listener(request, response);
  });
  plain.listen(0, '127.0.0.1');
  await once(plain, 'listening');
  tls = await startTlsServer([NAME]);
});
afterAll(() => {
  plain.close();
  plain.closeAllConnections();
  tls.close();
});

const portOf = (): number => (plain.address() as AddressInfo).port;

/** A resolver whose names lead where a test says: the far end of the network, as it can be made hostile. */
function leadingTo(...addresses: readonly string[]): LookupFunction & { asked: number } {
  const lookup = Object.assign(
    (_: string, options: { readonly all?: boolean | undefined }, callback: Parameters<LookupFunction>[2]) => {
      lookup.asked++;
      expect(options.all).toBe(true);
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    },
    { asked: 0 },
  );
  return lookup;
}

const ask = {
  method: 'GET',
  get signal(): AbortSignal {
    return AbortSignal.timeout(20_000);
  },
};
const local = (host: string): EgressPolicy => ({ hosts: [], http: [host], private: ['127.0.0.0/8'] });

describe('which URLs can be called at all', () => {
  test.each([
    ['https://prometheus.example.com/path?x=1', undefined],
    ['http://prometheus.internal:9090', undefined],
    ['https://user:secret@prometheus.example.com/', /must hold no user and password/],
    ['https://user@prometheus.example.com/', /must hold no user and password/],
    ['https://prometheus.example.com/#x', /no fragment/],
    ['ftp://prometheus.example.com/', /must be an https URL/],
    ['file:///etc/passwd', /must be an https URL/],
    ['prometheus.example.com', /must be an https URL/],
    ['https://', /must be an https URL/],
    [`https://a.example.com/${'a'.repeat(2_048)}`, /at most 2048 characters/],
  ])('%s', (url, fault) => {
    if (fault === undefined) expect(urlFault(url)).toBeUndefined();
    else expect(urlFault(url)).toMatch(fault);
  });
});

describe('which hosts a policy allows', () => {
  const policy: EgressPolicy = {
    hosts: ['a.example.com', 'b.example.com:8443', '*.grafana.net'],
    http: ['prom.internal:9090', 'prom.internal:80'],
    private: [],
  };
  test.each([
    'https://a.example.com/x',
    'https://A.EXAMPLE.com/x',
    'https://a.example.com:443/x',
    'https://b.example.com:8443/',
    'https://prom-1.grafana.net/api',
    'https://x.y.grafana.net/',
    'http://prom.internal:9090/',
    'http://prom.internal/',
  ])('%s is called', (url) => {
    expect(() => checkUrl(new URL(url), policy)).not.toThrow();
  });

  test.each([
    ['https://b.example.com/', /b\.example\.com is not listed: add it to egress\.hosts/],
    ['https://a.example.com:8443/', /a\.example\.com:8443 is not listed/],
    ['https://a.example.com.evil.net/', /not listed/],
    ['https://evil-grafana.net/', /not listed/],
    ['https://grafana.net/', /not listed/],
    ['https://.grafana.net/', /not listed|must be/],
    ['https://x.grafana.net:8443/', /not listed/],
    ['https://a.example.com./', /not listed/],
    ['http://a.example.com/', /a\.example\.com:80 is called by https only/],
    ['http://prom.internal:9091/', /prom\.internal:9091 is not listed: plain http/],
    ['https://prom.internal:9090/', /not listed/],
    ['https://user:secret@a.example.com/', /no user and password/],
    ['https://127.0.0.1/', /not listed/],
    ['https://[::1]/', /not listed/],
  ])('%s is refused', (url, why) => {
    expect(() => checkUrl(new URL(url), policy)).toThrow(EgressError);
    expect(() => checkUrl(new URL(url), policy)).toThrow(why);
  });

  test('a refusal repeats nothing of the URL but its host', () => {
    expect.assertions(1);
    try {
      checkUrl(new URL('https://evil.net/hidden?token=hidden'), policy);
    } catch (error) {
      expect(String(error)).not.toContain('hidden');
    }
  });
});

describe('where a name leads when it is connected to', () => {
  test.each([
    ['127.0.0.1', /an address that is not public, which is never called/],
    ['::1', /an address that is not public, which is never called/],
    ['169.254.169.254', /never called/],
    ['::ffff:10.0.0.1', /never called/],
    ['64:ff9b::a00:1', /never called/],
    ['0.0.0.0', /never called/],
    ['224.0.0.1', /never called/],
    ['10.0.0.1', /a private address: list its network in egress\.private/],
    ['100.64.0.1', /a private address/],
    ['fd12::1', /a private address/],
    ['fe80::1', /never called/],
    ['not-an-address', /never called/],
  ])('%s is refused, and nothing is sent', async (address, why) => {
    const send = createGuardedExchange({ loopback: false, lookup: leadingTo(address) });
    const policy = { ...local(`${NAME}:${portOf()}`), hosts: [NAME] };
    requests = 0;
    const plainly = send(new URL(`http://${NAME}:${portOf()}/`), ask, policy);
    await expect(plainly).rejects.toThrow(why);
    await expect(plainly).rejects.toBeInstanceOf(EgressError);
    await expect(send(new URL(`https://${NAME}/`), ask, policy)).rejects.toThrow(why);
    expect(requests).toBe(0);
  });

  test('one bad address among good ones refuses the name', async () => {
    const send = createGuardedExchange({ loopback: false, lookup: leadingTo('1.1.1.1', '169.254.169.254') });
    await expect(send(new URL(`https://${NAME}/`), ask, { ...POLICY, hosts: [NAME] })).rejects.toThrow(/never called/);
  });

  test('a name without an address', async () => {
    const send = createGuardedExchange({ loopback: true, lookup: leadingTo() });
    await expect(send(new URL(`https://${NAME}/`), ask, { ...POLICY, hosts: [NAME] })).rejects.toThrow(/no address/);
  });

  test('a name that cannot be resolved is no response', async () => {
    const lookup: LookupFunction = (_name, _options, callback) =>
      callback(Object.assign(new Error('gone'), { code: 'ENOTFOUND' }), []);
    const sent = createGuardedExchange({ loopback: true, lookup })(new URL(`https://${NAME}/`), ask, {
      ...POLICY,
      hosts: [NAME],
    });
    await expect(sent).rejects.toBeInstanceOf(NoAnswerError);
    await expect(sent).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  test.each([
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '127.1',
  ])('an address in the URL is checked as well: %s', async (host) => {
    const url = new URL(`http://${host}:${portOf()}/`);
    listener = (_, response) => response.end('good');
    requests = 0;
    const policy = local(`127.0.0.1:${portOf()}`);
    await expect(createGuardedExchange({ loopback: false })(url, ask, policy)).rejects.toThrow(/never called/);
    await expect(createGuardedExchange({ loopback: true })(url, ask, { ...policy, private: [] })).rejects.toThrow(
      /list its network in egress\.private/,
    );
    expect(requests).toBe(0);
    expect(await createGuardedExchange({ loopback: true })(url, ask, policy)).toMatchObject({ status: 200 });
  });

  test('the address that was checked is the one that is connected to: a name is resolved once', async () => {
    listener = (_, response) => response.end('good');
    const lookup = leadingTo('127.0.0.1');
    const send = createGuardedExchange({ loopback: true, lookup });
    const url = new URL(`http://${NAME}:${portOf()}/`);
    expect(await send(url, ask, local(url.host))).toMatchObject({ status: 200, text: 'good' });
    expect(lookup.asked).toBe(1);
    // The next call resolves, and checks, again: no connection is kept.
    await send(url, ask, local(url.host));
    expect(lookup.asked).toBe(2);
  });

  test('a certificate of another name is refused', async () => {
    const send = createGuardedExchange({ loopback: true, lookup: leadingTo('127.0.0.1'), ca: tls.ca });
    const { port } = new URL(tls.url);
    tls.answerBy((response) => response.end('secure'));
    const to = async (name: string): Promise<unknown> => {
      const url = new URL(`https://${name}:${port}/`);
      return await send(url, ask, { hosts: [url.host], http: [], private: ['127.0.0.1/32'] });
    };
    expect(await to(NAME)).toMatchObject({ status: 200, text: 'secure' });
    await expect(to('other.test')).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });
});

describe('what a server does', () => {
  const url = (): URL => new URL(`http://127.0.0.1:${portOf()}/`);
  const send = createGuardedExchange({ loopback: true });

  test('a redirect is not followed', async () => {
    requests = 0;
    listener = (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end();
    expect(await send(url(), ask, local(url().host))).toMatchObject({ status: 302 });
    expect(requests).toBe(1);
  });

  test('a body of more than 1 MB is given up', async () => {
    listener = (_, response) => void response.end('x'.repeat(1_024 * 1_024 + 1));
    await expect(send(url(), ask, local(url().host))).rejects.toMatchObject({ code: 'TOO_LARGE' });
    listener = (_, response) => void response.end('x'.repeat(1_024 * 1_024));
    expect(await send(url(), ask, local(url().host))).toMatchObject({ status: 200 });
  });

  test('a body that never ends is given up in time', async () => {
    listener = (_, response) => {
      response.write('x');
      const timer = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(timer));
    };
    const bounded = { ...ask, signal: AbortSignal.timeout(100) };
    await expect(send(url(), bounded, local(url().host))).rejects.toBeInstanceOf(NoAnswerError);
  });
});
