import { isDeepStrictEqual } from 'node:util';
import type { Fault, Parsed } from '../../json/faults.ts';
import { KEYS_WORK_MS } from '../../limits.ts';
import { publicKeysOf } from '../keys/key-ring.ts';
import { type KeyOwner, type KeyRing, type KeyStore, KeyStoreError } from '../keys/key-store.ts';
import { generatePathTokenKeys } from '../keys/mint-path-token.ts';
import { RegistrationError } from '../registrar.ts';
import type { CustomResource, ResourceWork } from './custom-resource.ts';
import { propertyReader } from './resource-properties.ts';
import type { ResourceRequest } from './resource-request.ts';

/** The properties of `Custom::OutriggerKeys`. */
interface KeysProperties {
  readonly fleet: string;
  /** A higher one than that of the stored keys asks for a new pair. */
  readonly generation: number;
}

/** What the resource reaches the world through. */
export interface KeysTools {
  readonly openKeys: (fleet: string) => KeyStore;
  /** A few random characters, so that no two pairs of one generation have one name. */
  readonly newName: () => string;
}

const GENERATION_MAX = 999_999;
const LEFT_ALONE = 'the keys there are not those of this resource; they were left alone';
/** The errors of Parameter Store for a SecureString that may not be read: by IAM, or by the key that it is encrypted with. */
const UNREADABLE = new Set(['AccessDeniedException', 'InvalidKeyId']);
/** The newest and the one before it, whose tokens are in URLs until they are rotated. */
const PAIRS_KEPT = 2;

/**
 * The custom resource of the key pairs that path tokens are signed with. What is there is kept, so that no deployment
 * makes a registered URL worthless; a higher generation adds a pair. Its one attribute `PublicKeys` is the JWK set of
 * all kept pairs; a private part never leaves the store. The keys belong to one stack: a second one of the same fleet is
 * refused, and its Delete leaves them alone.
 */
export function createKeysResource({ openKeys, newName }: KeysTools): CustomResource {
  return (properties) => {
    const parsed = parseKeys(properties);
    return parsed.valid ? { valid: true, value: workOn(parsed.value) } : parsed;
  };

  function workOn(wanted: KeysProperties): ResourceWork {
    const store = openKeys(wanted.fleet);
    return {
      physicalId: `outrigger-keys-${wanted.fleet}`,
      longestMs: KEYS_WORK_MS,
      async ensure(request, signal) {
        await ensureKeys(store, wanted, request, signal);
        // Read again: where two runs wrote, tokens will be signed with what is stored now.
        return { PublicKeys: JSON.stringify(publicKeysOf((await store.readKeys(signal)) ?? nothing(wanted.fleet))) };
      },
      remove: (request, signal) => removeKeys(store, request, signal),
    };
  }

  async function ensureKeys(
    store: KeyStore,
    { fleet, generation }: KeysProperties,
    request: ResourceRequest,
    signal: AbortSignal,
  ): Promise<void> {
    const ring = await store.readKeys(signal);
    if (isForeign(ring, request)) throw taken(fleet);
    const owner = ownedBy(ring, request);
    if (ring === undefined || ring.generation < generation) {
      const { privateJwk } = await generatePathTokenKeys(`${generation}-${newName()}`);
      const privateKeys = [...(ring?.privateKeys ?? []), privateJwk].slice(-PAIRS_KEPT);
      await store.writeKeys({ generation, privateKeys, owner }, signal);
    } else if (!isDeepStrictEqual(ring.owner, owner)) {
      await store.writeKeys({ ...ring, owner }, signal);
    }
  }
}

/** Removes the keys, where no other resource of the stack has them. Returns the reason for the response. */
async function removeKeys(store: KeyStore, request: ResourceRequest, signal: AbortSignal): Promise<string> {
  const ring = await ringToRemove(store, signal);
  if (ring === undefined) return 'there were no keys';
  if (ring === 'unreadable' || ring.owner?.stack !== request.stackId) return LEFT_ALONE;
  const { owner } = ring;
  const resources = owner.resources.filter((resource) => resource !== request.logicalResourceId);
  if (resources.length === owner.resources.length) return LEFT_ALONE;
  if (resources.length > 0) {
    await store.writeKeys({ ...ring, owner: { ...owner, resources } }, signal);
    return 'another resource of the stack has the keys now; they stay';
  }
  return (await store.removeKeys(signal)) ? 'the keys are removed' : 'there were no keys';
}

function isForeign(ring: KeyRing | undefined, { stackId }: ResourceRequest): boolean {
  return ring?.owner !== undefined && ring.owner.stack !== stackId;
}

/** The owner with this resource in it. The one before it stays: the change in which it was renamed may be rolled back. */
function ownedBy(ring: KeyRing | undefined, { stackId, logicalResourceId }: ResourceRequest): KeyOwner {
  const before = ring?.owner?.resources ?? [];
  return { stack: stackId, resources: [...before.filter((name) => name !== logicalResourceId), logicalResourceId] };
}

/** The ring that stands there; one that may not be read is not the one of this stack, which could read its own. */
async function ringToRemove(store: KeyStore, signal: AbortSignal): Promise<KeyRing | 'unreadable' | undefined> {
  try {
    return await store.readKeys(signal);
  } catch (error) {
    if (error instanceof KeyStoreError || (error instanceof Error && UNREADABLE.has(error.name))) return 'unreadable';
    throw error;
  }
}

function taken(fleet: string): RegistrationError {
  return new RegistrationError(
    `the signing keys of fleet ${fleet} are those of another stack; deploy this one as another fleet (param fleet)`,
  );
}

function nothing(fleet: string): KeyRing {
  throw new Error(`the keys of fleet ${fleet} were removed while they were made`);
}

function parseKeys(properties: Readonly<Record<string, unknown>>): Parsed<KeysProperties> {
  const faults: Fault[] = [];
  const reader = propertyReader(properties, faults);
  const value = { fleet: reader.fleet(), generation: reader.whole('Generation', { min: 1, max: GENERATION_MAX }, 1) };
  return faults.length > 0 ? { valid: false, faults } : { valid: true, value };
}
