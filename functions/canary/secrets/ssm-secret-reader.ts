import { GetParameterCommand, ParameterNotFound, type SSMClient } from '@aws-sdk/client-ssm';
import { type SecretReader, segmentsOf } from './secret.ts';

/** Parameter Store's own characters of a name, without the slash. */
const SEGMENT = /^[A-Za-z0-9_.-]{1,128}$/;

/**
 * Secrets as SecureStrings, `/outrigger/{fleet}/secrets/{cluster}/{namespace}/{name}`: those of one namespace are no part of
 * another's; `/outrigger/{fleet}/secrets/{cluster}/{name}` is one of the cluster's own. Any other type of parameter counts as none, because its text was never encrypted.
 */
export function createSsmSecretReader(client: SSMClient, fleet: string): SecretReader {
  return async (key, signal) => {
    const segments = segmentsOf(key);
    if (!segments.every((segment) => SEGMENT.test(segment))) return undefined;
    const Name = `/outrigger/${fleet}/secrets/${segments.join('/')}`;
    try {
      const command = new GetParameterCommand({ Name, WithDecryption: true });
      const { Parameter: parameter } = await client.send(command, { abortSignal: signal });
      return parameter?.Type === 'SecureString' ? parameter.Value : undefined;
    } catch (error) {
      if (error instanceof ParameterNotFound) return undefined;
      throw error;
    }
  };
}
