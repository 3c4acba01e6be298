import { putNewest } from '../../http/bounded-map.ts';
import type { SecretKey, SecretReader } from './secret.ts';

/** A secret is read again after this time, in milliseconds: Parameter Store takes 40 reads a second, admission's included. */
const SECRET_TTL_MS = 60_000;
/** Secrets of one environment: ten metrics of each of some canaries in a release. */
const SECRETS_MAX = 256;

/**
 * Reads each secret at most once a minute. One that is not there, or cannot be read, is asked for again at the
 * next call: it may have been set up by then.
 */
export function createCachedSecretReader(read: SecretReader, now: () => number): SecretReader {
  const cached = new Map<string, { readonly secret: string; readonly readAt: number }>();
  return async (key, signal) => {
    const id = idOf(key);
    const known = cached.get(id);
    if (known !== undefined && Math.abs(now() - known.readAt) < SECRET_TTL_MS) return known.secret;
    const readAt = now();
    const secret = await read(key, signal);
    if (secret === undefined) cached.delete(id);
    else putNewest(cached, id, { secret, readAt }, SECRETS_MAX);
    return secret;
  };
}

function idOf({ cluster, namespace, name }: SecretKey): string {
  return JSON.stringify([cluster, namespace, name]);
}
