import {
  DeleteParameterCommand,
  GetParameterCommand,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { readKeyRing } from './key-ring.ts';
import { type KeyStore, KeyStoreError } from './key-store.ts';

/**
 * The signing keys of a fleet as a SecureString, `/outrigger/{fleet}/keys/path-token`.
 *
 * @param keyId the KMS key that it is encrypted with; only writing needs it
 */
export function createSsmKeyStore(client: SSMClient, fleet: string, keyId?: string): KeyStore {
  const Name = `/outrigger/${fleet}/keys/path-token`;
  return {
    async readKeys(signal) {
      const command = new GetParameterCommand({ Name, WithDecryption: true });
      const value = await valueIn(client.send(command, { abortSignal: signal }));
      if (value === undefined) return undefined;
      const ring = readKeyRing(parseJson(value));
      if (ring === undefined) throw new KeyStoreError(`${Name} does not hold the signing keys of path tokens`);
      return ring;
    },
    async writeKeys(ring, signal) {
      const encryption = keyId === undefined ? {} : { KeyId: keyId };
      const Value = JSON.stringify(ring);
      await client.send(
        new PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite: true, ...encryption }),
        { abortSignal: signal },
      );
    },
    async removeKeys(signal) {
      try {
        await client.send(new DeleteParameterCommand({ Name }), { abortSignal: signal });
        return true;
      } catch (error) {
        if (error instanceof ParameterNotFound) return false;
        throw error;
      }
    },
  };
}

async function valueIn(
  asked: Promise<{ readonly Parameter?: { readonly Value?: string | undefined } | undefined }>,
): Promise<string | undefined> {
  try {
    return (await asked).Parameter?.Value ?? '';
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
}

/** Undefined for what is no JSON: an error of the parser would repeat a piece of a key. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
