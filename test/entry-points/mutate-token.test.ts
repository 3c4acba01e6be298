import { CompactSign, importJWK } from 'jose';
import { describe, expect, test, vi } from 'vitest';
import { generatePathTokenKeys, mintPathToken } from '../../functions/registration/keys/mint-path-token.ts';
import { createMemoryStore } from '../../functions/template-store/memory-store.ts';
import {
  FLEET,
  httpApiEvent,
  KEYS,
  type MutateEntryPoint,
  openMutateEntryPoint,
  TOKEN,
} from '../support/mutate-entry-point.ts';
import { podOf } from '../support/pods.ts';
import { reviewDocument } from '../support/reviews.ts';

const BODY = JSON.stringify(reviewDocument(podOf()));
const REFUSAL = {
  statusCode: 403,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: 'outrigger: the token in the webhook URL is not valid for this cluster; register the webhook again\n',
};
const CLAIMS = { aud: FLEET, sub: 'local', epoch: 1 };
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const path = (token: string, cluster = 'local') => `/v1/mutate/${cluster}/${token}`;

/** A token with a good signature over other claims or headers. */
async function signed(
  payload: unknown,
  header: { alg: string; kid?: string } = { alg: 'EdDSA', kid: 'key-1' },
): Promise<string> {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return await new CompactSign(new TextEncoder().encode(text))
    .setProtectedHeader(header)
    .sign(await importJWK(KEYS.privateJwk, 'EdDSA'));
}

/** A token signed with the public key as if it were a shared secret. */
async function hmac(): Promise<string> {
  const secret = new TextEncoder().encode(JSON.stringify(KEYS.publicJwk));
  return await new CompactSign(new TextEncoder().encode(JSON.stringify(CLAIMS)))
    .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
    .sign(secret);
}

/** The signature's first character changed (the last has spare bits, which base64url decoders ignore). */
function forged(token: string): string {
  const [head = '', payload = '', signature = ''] = token.split('.');
  return `${head}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
}

const stranger = await generatePathTokenKeys('key-1');
const unknown = await generatePathTokenKeys('key-9');
const flipCase = (text: string) =>
  text.replaceAll(/[a-zA-Z]/g, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()));
const [HEAD = '', PAYLOAD = '', SIGNATURE = ''] = TOKEN.split('.');

/** Well-formed tokens with something wrong inside. */
const SIGNED: [what: string, path: string][] = [
  ['another fleet', path(await mintPathToken(KEYS.privateJwk, 'other', 'local', 1))],
  ['another key of the same name', path(await mintPathToken(stranger.privateJwk, FLEET, 'local', 1))],
  ['an unknown key', path(await mintPathToken(unknown.privateJwk, FLEET, 'local', 1))],
  ['alg none', path(`${base64url({ alg: 'none' })}.${base64url(CLAIMS)}.`)],
  ['alg none with the signature kept', path(`${base64url({ alg: 'none', kid: 'key-1' })}.${PAYLOAD}.${SIGNATURE}`)],
  ['HS256 with the public key as secret', path(await hmac())],
  ['other claims under the signature', path(`${HEAD}.${base64url({ ...CLAIMS, sub: 'prod' })}.${SIGNATURE}`, 'prod')],
  ['no audience', path(await signed({ sub: 'local', epoch: 1 }))],
  ['a list as audience', path(await signed({ ...CLAIMS, aud: [FLEET] }))],
  ['no cluster', path(await signed({ aud: FLEET, epoch: 1 }))],
  ['no epoch', path(await signed({ aud: FLEET, sub: 'local' }))],
  ['an epoch that is text', path(await signed({ ...CLAIMS, epoch: '1' }))],
  ['an epoch beyond 2^53', path(await signed(`{"aud":"${FLEET}","sub":"local","epoch":1e300}`))],
  ['a payload that is a list', path(await signed([FLEET]))],
  ['a payload that is not JSON', path(await signed('x'))],
  ['a payload that is null', path(await signed('null'))],
];

describe('every refusal of a token is the same', () => {
  test.each<[what: string, path: string]>([
    ['no token', '/v1/mutate/local/'],
    ['no token and no slash', '/v1/mutate/local'],
    ['not a token', path('x')],
    ['three dots', path('...')],
    ['two dots', path('..')],
    ['a word of the prototype', path('constructor')],
    ['another signature', path(forged(TOKEN))],
    ['cut by one', path(TOKEN.slice(0, -1))],
    ['cut in half', path(TOKEN.slice(0, 60))],
    ['the signature missing', path(`${HEAD}.${PAYLOAD}.`)],
    ['the signature and its dot missing', path(`${HEAD}.${PAYLOAD}`)],
    ['one character more', path(`${TOKEN}A`)],
    ['a part more', path(`${TOKEN}.${SIGNATURE}`)],
    ['over-long', path('a'.repeat(100_000))],
    ['over-long but well-formed', path(`${HEAD}.${PAYLOAD}.${'A'.repeat(5_000)}`)],
    ['percent-encoded', path(TOKEN.replaceAll('.', '%2E'))],
    ['fully percent-encoded', path([...TOKEN].map((c) => `%${c.charCodeAt(0).toString(16)}`).join(''))],
    ['case changed', path(flipCase(TOKEN))],
    ['a look-alike letter', path(TOKEN.replace('e', 'е'))],
    ['full-width dots', path(TOKEN.replaceAll('.', '．'))],
    ['white space behind', path(`${TOKEN} `)],
    ['a newline behind', path(`${TOKEN}\n`)],
    ['a slash behind', path(`${TOKEN}/`)],
    ['a segment behind', path(`${TOKEN}/x`)],
    ['another cluster', path(TOKEN, 'prod')],
    ['the cluster in other case', path(TOKEN, 'LOCAL')],
    ['a cluster with a slash', path(TOKEN, '../local')],
    ['another version of the entry point', `/v2/mutate/local/${TOKEN}`],
    ['another entry point', `/v3/discovery/local/${TOKEN}`],
    ['a prefix before the path', `/x/v1/mutate/local/${TOKEN}`],
    ...SIGNED,
  ])('%s', async (_what, rawPath) => {
    expect(await openMutateEntryPoint().handler(httpApiEvent({ path: rawPath, body: BODY }))).toEqual(REFUSAL);
  });

  // The class of CVE-2022-24726: what a body is must not be found out, nor work done for it, before its caller is known.
  describe.each<[what: string, path: string]>([
    ['no token', '/v1/mutate/local/'],
    ['a wrong token', path('x')],
    ['a forged token', path(forged(TOKEN))],
    ['the token of another cluster', path(TOKEN, 'prod')],
  ])('with %s a body counts for nothing', (_what, rawPath) => {
    test.each<[string, object]>([
      ['none', {}],
      ['no JSON', { body: '{' }],
      ['not UTF-8', { body: Buffer.from([0x7b, 0xff, 0xfe]) }],
      ['not base64', { body: '!!!', isBase64Encoded: true }],
      ['more than 6 MiB', { body: 'x'.repeat(6 * 1024 * 1024 + 1) }],
      ['more than 6 MiB in base64', { body: Buffer.alloc(6 * 1024 * 1024 + 1) }],
      ['deeply nested', { body: '['.repeat(100_000) }],
      ['of another type', { body: BODY, headers: { 'content-type': 'text/plain' } }],
      ['by another method', { body: BODY, method: 'GET' }],
    ])('%s', async (_body, call) => {
      const { handler } = openMutateEntryPoint();
      const nothing = await handler(httpApiEvent({ path: rawPath }));
      expect(nothing).toEqual(REFUSAL);
      expect(await handler(httpApiEvent({ path: rawPath, ...call }))).toEqual(nothing);
    });

    test('that throws when it is touched', async () => {
      const event = Object.defineProperty(httpApiEvent({ path: rawPath }), 'body', {
        get: () => {
          throw new Error('the body was read');
        },
      });
      expect(await openMutateEntryPoint().handler(event)).toEqual(REFUSAL);
    });
  });

  test('the body is parsed by nothing: a stranger can make no parser work (the class of CVE-2022-24726)', async () => {
    const parse = vi.spyOn(JSON, 'parse');
    try {
      for (const rawPath of [path('x'), path(forged(TOKEN)), path(TOKEN, 'prod')]) {
        expect(await openMutateEntryPoint().handler(httpApiEvent({ path: rawPath, body: BODY }))).toEqual(REFUSAL);
      }
      expect(parse.mock.calls.filter(([text]) => text.length >= BODY.length)).toEqual([]);
      expect((await openMutateEntryPoint().handler(httpApiEvent({ body: BODY }))).statusCode).toBe(200);
      expect(parse.mock.calls.filter(([text]) => text.length >= BODY.length)).toHaveLength(1);
    } finally {
      parse.mockRestore();
    }
  });

  test('a token that was refused once is refused again, and one that was accepted is not for another cluster', async () => {
    const { handler } = openMutateEntryPoint();
    for (let i = 0; i < 3; i++) {
      expect((await handler(httpApiEvent({ body: BODY }))).statusCode).toBe(200);
      expect(await handler(httpApiEvent({ path: path(TOKEN, 'prod'), body: BODY }))).toEqual(REFUSAL);
      expect(await handler(httpApiEvent({ path: path(forged(TOKEN)), body: BODY }))).toEqual(REFUSAL);
    }
  });
});

describe('rotation', () => {
  const status = async (epoch: number, minEpoch: number): Promise<number> => {
    const entryPoint = openMutateEntryPoint();
    entryPoint.store.putClusterRecord('local', { defaultTemplates: ['proxy'], minEpoch });
    const token = await mintPathToken(KEYS.privateJwk, FLEET, 'local', epoch);
    return (await entryPoint.handler(httpApiEvent({ path: path(token), body: BODY }))).statusCode;
  };

  test.each([
    [1, 0, 200],
    [1, 1, 200],
    [2, 1, 200],
    [1, 2, 403],
    [-1, 0, 403],
  ])('epoch %i where the record wants %i: %i', async (epoch, minEpoch, expected) => {
    expect(await status(epoch, minEpoch)).toBe(expected);
  });

  describe.each<[string, Record<string, unknown>]>([
    ['in kube-system', { namespace: 'kube-system' }],
    ['for an update', { operation: 'UPDATE' }],
    ['for what is not a Pod', { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } }],
    ['for a subresource', { subResource: 'exec' }],
  ])('what a guard skips, %s', (_what, request) => {
    const body = JSON.stringify(reviewDocument(podOf(), request));
    /** An entry point whose store counts what is asked of it. */
    const counted = (minEpoch: number, isDown = () => false): MutateEntryPoint & { reads: string[] } => {
      const reads: string[] = [];
      const store = createMemoryStore();
      store.putClusterRecord('local', { minEpoch });
      const ask = async <T>(what: string, answer: () => Promise<T>): Promise<T> => {
        reads.push(what);
        if (isDown()) throw new Error('down');
        return await answer();
      };
      const entryPoint = openMutateEntryPoint({
        reads: {
          ...store,
          listTemplates: (...args) => ask('templates', () => store.listTemplates(...args)),
          getClusterRecord: (...args) => ask('record', () => store.getClusterRecord(...args)),
        },
      });
      return { ...entryPoint, reads };
    };

    test('a retired token is refused, cold and warm, for one read of the record', async () => {
      const entryPoint = counted(2);
      for (let i = 0; i < 3; i++) expect(await entryPoint.handler(httpApiEvent({ body }))).toEqual(REFUSAL);
      expect(entryPoint.reads).toEqual(['record']);
    });

    test('a token of the epoch passes', async () => {
      expect((await counted(1).handler(httpApiEvent({ body }))).statusCode).toBe(200);
    });

    test('a record that is held is not read again', async () => {
      const entryPoint = counted(1);
      await entryPoint.handler(httpApiEvent({ body: BODY }));
      entryPoint.reads.length = 0;
      for (let i = 0; i < 100; i++) await entryPoint.handler(httpApiEvent({ body }));
      expect(entryPoint.reads).toEqual([]);
    });

    test('a store that is down stops nothing of it, and is asked at most once a second', async () => {
      const entryPoint = counted(1, () => true);
      for (let i = 0; i < 50; i++) expect((await entryPoint.handler(httpApiEvent({ body }))).statusCode).toBe(200);
      expect(entryPoint.reads).toEqual(['record']);
    });

    test('while the store is down the last good record refuses', async () => {
      let isDown = false;
      const entryPoint = counted(2, () => isDown);
      await entryPoint.handler(httpApiEvent({ body }));
      isDown = true;
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
      expect(await entryPoint.handler(httpApiEvent({ body }))).toEqual(REFUSAL);
      vi.useRealTimers();
    });

    test('a stranger makes the store do nothing', async () => {
      const entryPoint = counted(1);
      expect(await entryPoint.handler(httpApiEvent({ path: path(forged(TOKEN)), body }))).toEqual(REFUSAL);
      expect(entryPoint.reads).toEqual([]);
    });
  });

  test('a retired token is refused before a fault of the review is told', async () => {
    const entryPoint = openMutateEntryPoint();
    entryPoint.store.putClusterRecord('local', { minEpoch: 2 });
    expect(await entryPoint.handler(httpApiEvent({ body: '{"kind": "Pod"}' }))).toEqual(REFUSAL);
    expect((await openMutateEntryPoint().handler(httpApiEvent({ body: '{"kind": "Pod"}' }))).statusCode).toBe(400);
  });

  test.each<[string, object]>([
    ['not UTF-8', { body: Buffer.from([0x7b, 0xff]) }],
    ['not base64', { body: '!!!', isBase64Encoded: true }],
    ['too large', { body: 'x'.repeat(6 * 1024 * 1024 + 1) }],
    ['of another type', { body: BODY, headers: { 'content-type': 'text/plain' } }],
    ['by another method', { method: 'GET' }],
  ])('a retired token is refused before a body that is %s is told of', async (_what, call) => {
    const entryPoint = openMutateEntryPoint();
    entryPoint.store.putClusterRecord('local', { minEpoch: 2 });
    expect(await entryPoint.handler(httpApiEvent(call))).toEqual(REFUSAL);
  });

  test('once the record is held, the body of a retired token is not read', async () => {
    const door = openMutateEntryPoint();
    door.store.putClusterRecord('local', { minEpoch: 2 });
    const read = vi.fn(() => BODY);
    const event = Object.defineProperty(httpApiEvent(), 'body', { get: read });
    for (let i = 0; i < 3; i++) expect(await door.handler(event)).toEqual(REFUSAL);
    expect(read).toHaveBeenCalledTimes(1);
  });

  test('a retired token is refused word for word as a forged one', async () => {
    const entryPoint = openMutateEntryPoint();
    entryPoint.store.putClusterRecord('local', { minEpoch: 2 });
    expect(await entryPoint.handler(httpApiEvent({ body: BODY }))).toEqual(REFUSAL);
  });

  describe('whose record is deleted revives nothing', () => {
    const CALLS: [string, object][] = [
      ['for a Pod', { body: BODY }],
      ['in kube-system', { body: JSON.stringify(reviewDocument(podOf(), { namespace: 'kube-system' })) }],
      ['with no review', { body: '{' }],
      ['without a body', {}],
    ];
    const rotated = async (): Promise<MutateEntryPoint & { old: string; current: string }> => {
      const entryPoint = openMutateEntryPoint();
      entryPoint.store.putClusterRecord('local', { defaultTemplates: ['proxy'], minEpoch: 2 });
      const [old = '', current = ''] = await Promise.all(
        [1, 2].map(async (epoch) => path(await mintPathToken(KEYS.privateJwk, FLEET, 'local', epoch))),
      );
      return { ...entryPoint, old, current };
    };

    test.each(CALLS)('in a fresh environment, %s', async (_what, call) => {
      const { handler, store, old, current } = await rotated();
      store.putClusterRecord('local', undefined);
      for (const rawPath of [old, current]) {
        expect(await handler(httpApiEvent({ path: rawPath, ...call }))).toEqual(REFUSAL);
      }
    });

    test.each(CALLS)('in an environment that has read it, %s', async (_what, call) => {
      const { handler, store, old, current } = await rotated();
      expect((await handler(httpApiEvent({ path: current, body: BODY }))).statusCode).toBe(200);
      store.putClusterRecord('local', undefined);
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
      const seen = [];
      for (const rawPath of [current, old, current]) {
        seen.push(await handler(httpApiEvent({ path: rawPath, ...call })));
        vi.setSystemTime(Date.now() + 60_000);
      }
      vi.useRealTimers();
      expect(seen).toEqual([REFUSAL, REFUSAL, REFUSAL]);
    });

    test('and a record made new is answered within a second or so, its own token alone', async () => {
      const { handler, store, current } = await rotated();
      store.putClusterRecord('local', undefined);
      expect(await handler(httpApiEvent({ path: current, body: BODY }))).toEqual(REFUSAL);
      store.putClusterRecord('local', { epoch: 1_796_000_000, minEpoch: 1_796_000_000 });
      const token = await mintPathToken(KEYS.privateJwk, FLEET, 'local', 1_796_000_000);
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1_000 });
      const fresh = await handler(httpApiEvent({ path: path(token), body: BODY }));
      const retired = await handler(httpApiEvent({ path: current, body: BODY }));
      vi.useRealTimers();
      expect([fresh.statusCode, retired]).toEqual([200, REFUSAL]);
    });
  });
});
