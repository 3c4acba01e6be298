import { beforeEach, expect, test } from 'vitest';
import { readConfig } from '../../functions/config.ts';
import { createPathTokenVerifier } from '../../functions/http/path-token.ts';
import type { ResourceWork } from '../../functions/registration/custom-resource.ts';
import type { KeyStore } from '../../functions/registration/key-store.ts';
import { createKeysResource } from '../../functions/registration/keys-resource.ts';
import { createMemoryKeyStore } from '../../functions/registration/memory-key-store.ts';
import { mintPathToken } from '../../functions/registration/path-token.ts';
import { parseResourceRequest, type ResourceRequest } from '../../functions/registration/resource-request.ts';
import { resourceEvent } from '../support/resource-events.ts';

const signal = AbortSignal.timeout(600_000);
let store: KeyStore;
let names: number;
beforeEach(() => {
  store = createMemoryKeyStore();
  names = 0;
});

function request(): ResourceRequest {
  const parsed = parseResourceRequest(resourceEvent('Create', 'https://x.example'));
  if (!parsed.valid) throw new Error('the event is malformed');
  return parsed.value;
}

function keys(properties: Record<string, unknown>): ResourceWork {
  const parsed = createKeysResource({ openKeys: () => store, newName: () => `n${++names}` })(properties);
  if (!parsed.valid) throw new Error(JSON.stringify(parsed.faults));
  return parsed.value;
}

async function publicKeys(Generation?: string): Promise<string> {
  const more = Generation === undefined ? {} : { Generation };
  const { PublicKeys } = await keys({ Fleet: 'shop', ...more }).ensure(request(), signal);
  return PublicKeys ?? '';
}

test('a pair is made, whose public half verifies what the private one signs; nothing private is answered', async () => {
  const text = await publicKeys();
  const { pathKeys } = readConfig({ OUTRIGGER_FLEET: 'shop', OUTRIGGER_PATH_KEYS: text });
  expect(pathKeys.keys).toMatchObject([{ kid: '1-n1', kty: 'OKP', crv: 'Ed25519' }]);
  const [privateJwk] = (await store.readKeys(signal))?.privateKeys ?? [];
  const token = await mintPathToken(privateJwk ?? {}, 'shop', 'c', 1);
  expect(await createPathTokenVerifier(pathKeys, 'shop')('c', token)).toEqual({ cluster: 'c', epoch: 1 });
  expect(text).not.toContain(String(privateJwk?.d));
  expect(Buffer.byteLength(text)).toBeLessThan(1_024);
});

test('what is there is kept, whatever asks again; a higher generation adds a pair and keeps the one before', async () => {
  const first = await publicKeys('2');
  expect(await publicKeys('2')).toBe(first);
  expect(await publicKeys('1')).toBe(first);
  const kids = async (generation: string): Promise<string[]> =>
    JSON.parse(await publicKeys(generation)).keys.map(({ kid }: { kid: string }) => kid);
  expect(await kids('3')).toEqual(['2-n1', '3-n2']);
  expect(await kids('7')).toEqual(['3-n2', '7-n3']);
  expect(await store.readKeys(signal)).toMatchObject({ generation: 7 });
});

test('Delete takes them away, and is content when there are none', async () => {
  await publicKeys();
  const work = keys({ Fleet: 'shop' });
  expect(work.physicalId).toBe('outrigger-keys-shop');
  expect(await work.remove(request(), signal)).toBe('the keys are removed');
  expect(await work.remove(request(), signal)).toBe('there were no keys');
  expect(await store.readKeys(signal)).toBeUndefined();
});

test.each([
  [{}, ['Fleet']],
  [{ Fleet: '../x' }, ['Fleet']],
  [{ Fleet: 'shop', Generation: '0' }, ['Generation']],
  [{ Fleet: 'shop', Generation: '1.5' }, ['Generation']],
  [{ Fleet: ['shop'], Generation: 'x' }, ['Fleet', 'Generation']],
])('properties that are wrong are said by name: %j', (properties, expected) => {
  const parsed = createKeysResource({ openKeys: () => store, newName: () => 'n' })(properties);
  expect(parsed.valid ? [] : parsed.faults.map(({ path }) => path)).toEqual(expected);
});
