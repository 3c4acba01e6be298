import type { Fault, Parsed } from '../faults.ts';
import type { CustomResource, ResourceWork } from './custom-resource.ts';
import { publicKeysOf } from './key-ring.ts';
import type { KeyRing, KeyStore } from './key-store.ts';
import { generatePathTokenKeys } from './path-token.ts';
import { propertyReader } from './resource-properties.ts';

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
/** The newest and the one before it, whose tokens are in URLs until they are rotated. */
const PAIRS_KEPT = 2;

/**
 * The custom resource of the key pairs that path tokens are signed with. What is there is kept, so that no deployment
 * makes a registered URL worthless; a higher generation adds a pair. Its one attribute `PublicKeys` is the JWK set of
 * all kept pairs; a private part never leaves the store.
 */
export function createKeysResource({ openKeys, newName }: KeysTools): CustomResource {
  return (properties) => {
    const parsed = parseKeys(properties);
    return parsed.valid ? { valid: true, value: workOn(parsed.value) } : parsed;
  };

  function workOn({ fleet, generation }: KeysProperties): ResourceWork {
    const store = openKeys(fleet);
    return {
      physicalId: `outrigger-keys-${fleet}`,
      async ensure(_, signal) {
        const ring = await store.readKeys(signal);
        if (ring === undefined || ring.generation < generation) {
          const { privateJwk } = await generatePathTokenKeys(`${generation}-${newName()}`);
          const privateKeys = [...(ring?.privateKeys ?? []), privateJwk].slice(-PAIRS_KEPT);
          await store.writeKeys({ generation, privateKeys }, signal);
        }
        // Read anew: where two runs wrote, what stands there is what tokens will be signed with.
        return { PublicKeys: JSON.stringify(publicKeysOf((await store.readKeys(signal)) ?? nothing(fleet))) };
      },
      async remove(_, signal) {
        return (await store.removeKeys(signal)) ? 'the keys are removed' : 'there were no keys';
      },
    };
  }
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
