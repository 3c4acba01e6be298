import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../functions/config.ts';
import { createPathTokenVerifier } from '../../functions/identity/path-token.ts';
import {
  RESPONSE_RESERVE_MS,
  type ResourceWork,
} from '../../functions/registration/custom-resource/custom-resource.ts';
import { createKeysResource } from '../../functions/registration/custom-resource/keys-resource.ts';
import {
  parseResourceRequest,
  type ResourceRequest,
} from '../../functions/registration/custom-resource/resource-request.ts';
import { readKeyRing } from '../../functions/registration/keys/key-ring.ts';
import { type KeyStore, KeyStoreError } from '../../functions/registration/keys/key-store.ts';
import { createMemoryKeyStore } from '../../functions/registration/keys/memory-key-store.ts';
import { mintPathToken } from '../../functions/registration/keys/mint-path-token.ts';
import { resourceEvent } from '../support/resource-events.ts';

const signal = (): AbortSignal => AbortSignal.timeout(600_000);
let store: KeyStore;
let names: number;
beforeEach(() => {
  store = createMemoryKeyStore();
  names = 0;
});

function request(more: object = {}): ResourceRequest {
  const parsed = parseResourceRequest(resourceEvent('Create', 'https://x.example', more));
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
  const { PublicKeys } = await keys({ Fleet: 'shop', ...more }).ensure(request(), signal());
  return PublicKeys ?? '';
}

test('a pair is made, whose public half verifies what the private one signs; nothing private is answered', async () => {
  const text = await publicKeys();
  const { pathKeys } = readConfig({ OUTRIGGER_FLEET: 'shop', OUTRIGGER_PATH_KEYS: text });
  expect(pathKeys.keys).toMatchObject([{ kid: '1-n1', kty: 'OKP', crv: 'Ed25519' }]);
  const [privateJwk] = (await store.readKeys(signal()))?.privateKeys ?? [];
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
  expect(await store.readKeys(signal())).toMatchObject({ generation: 7 });
});

test('Delete takes them away, and is content when there are none', async () => {
  await publicKeys();
  const work = keys({ Fleet: 'shop' });
  expect(work.physicalId).toBe('outrigger-keys-shop');
  expect(await work.remove(request(), signal())).toBe('the keys are removed');
  expect(await work.remove(request(), signal())).toBe('there were no keys');
  expect(await store.readKeys(signal())).toBeUndefined();
});

describe('keys belong to one stack:', () => {
  const other = request({ StackId: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/outrigger-dev/2' });
  const renamed = request({ LogicalResourceId: 'ThingRenamed' });
  const { stackId: stack } = request();
  const work = (): ResourceWork => keys({ Fleet: 'shop' });

  test('Create of a second stack is refused, and the Delete of its rollback leaves them', async () => {
    await publicKeys();
    const before = await store.readKeys(signal());
    await expect(work().ensure(other, signal())).rejects.toThrow(/fleet shop are those of another stack; deploy this/);
    expect(await work().remove(other, signal())).toMatch(/left alone$/);
    expect(await store.readKeys(signal())).toEqual(before);
  });

  test.each<[string, Error]>([
    ['by IAM', Object.assign(new Error('denied'), { name: 'AccessDeniedException' })],
    ['because its encryption key is another stage’s', Object.assign(new Error('key'), { name: 'InvalidKeyId' })],
    ['because it is no key ring', new KeyStoreError('it does not hold keys')],
  ])('what may not be read %s is left', async (_case, refusal) => {
    await publicKeys();
    const inner = store;
    store = { ...inner, readKeys: () => Promise.reject(refusal) };
    expect(await work().remove(request(), signal())).toMatch(/left alone$/);
    expect(await inner.readKeys(signal())).toBeDefined();
  });

  test('when it cannot be known whose they are, Delete fails', async () => {
    await publicKeys();
    const busy = Object.assign(new Error('busy'), { name: 'ThrottlingException' });
    store = { ...store, readKeys: () => Promise.reject(busy) };
    await expect(work().remove(request(), signal())).rejects.toBe(busy);
  });

  test.each<[string, ResourceRequest, ResourceRequest]>([
    ['renamed, the one before is deleted', request(), renamed],
    ['renamed, and rolled back', renamed, request()],
  ])('a resource that is %s: the other one keeps them', async (_case, deleted, kept) => {
    const text = await publicKeys();
    expect(await work().ensure(renamed, signal())).toEqual({ PublicKeys: text });
    expect(await work().remove(deleted, signal())).toMatch(/they stay$/);
    expect(await work().remove(deleted, signal())).toMatch(/left alone$/);
    const { logicalResourceId } = kept;
    expect(await store.readKeys(signal())).toMatchObject({ owner: { stack, resources: [logicalResourceId] } });
    expect(await work().remove(kept, signal())).toBe('the keys are removed');
  });

  test('those of nobody are adopted by Create, as they are; Delete leaves them', async () => {
    const text = await publicKeys();
    const { owner: _, ...ring } = (await store.readKeys(signal())) ?? expect.fail('there are none');
    store = createMemoryKeyStore(ring);
    expect(await work().remove(request(), signal())).toMatch(/left alone$/);
    expect(await publicKeys()).toBe(text);
    expect(await store.readKeys(signal())).toEqual({ ...ring, owner: { stack, resources: ['Thing'] } });
  });

  test('whose they are is read back from JSON; a ring whose owner is no owner is not read', async () => {
    await publicKeys();
    const ring = await store.readKeys(signal());
    expect(readKeyRing(JSON.parse(JSON.stringify(ring)))).toEqual(ring);
    for (const owner of ['x', { stack }, { stack, resources: [7] }, null]) {
      expect(readKeyRing({ ...ring, owner })).toBeUndefined();
    }
  });
});

test('the work ends, and is answered, before CloudFormation stops waiting', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'infra', 'deploy', 'keys.yml'), 'utf8');
  const seconds = Number(/ServiceTimeout: (\d+)/.exec(text)?.[1]);
  expect(keys({ Fleet: 'shop' }).longestMs).toBeLessThanOrEqual(seconds * 1_000 - RESPONSE_RESERVE_MS);
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
