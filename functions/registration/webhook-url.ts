import { decodeJwt } from 'jose';
import { MUTATE_PREFIX, mutatePath } from '../http/mutate-path.ts';
import { createPathTokenVerifier } from '../identity/path-token.ts';
import { publicKeysOf } from './keys/key-ring.ts';
import type { KeyRing } from './keys/key-store.ts';
import { mintPathToken } from './keys/mint-path-token.ts';
import { RegistrationError, type RegistrationTarget } from './registrar.ts';

/** The facts about a registered URL that may be printed: never the URL itself. */
export interface UrlFacts {
  /** Where the endpoint begins, when the URL is one of ours: `https://host[/stage]`. */
  readonly endpoint?: string;
  /** The rotation epoch of its token; absent when the token is not one of this fleet's keys for this cluster. */
  readonly epoch?: number;
  /** For people: `epoch 3 at https://host`. */
  readonly description: string;
}

/** A URL of ours has some 400 characters. */
const URL_CHARACTERS_MAX = 4_096;

/** The URL to register: the newest key signs its last segment. The same every time, because Ed25519 is. */
export async function webhookUrl(
  ring: KeyRing,
  target: RegistrationTarget,
  endpoint: string,
  epoch: number,
): Promise<string> {
  const signer = ring.privateKeys.at(-1);
  if (signer === undefined) throw new RegistrationError(`fleet ${target.fleet} has no signing key`);
  const token = await mintPathToken(signer, target.fleet, target.cluster, epoch);
  return endpoint + mutatePath(target.cluster, token);
}

/** What a registered URL is for. A token that none of our keys signed proves nothing. */
export async function urlFacts(ring: KeyRing, target: RegistrationTarget, url: unknown): Promise<UrlFacts> {
  if (typeof url !== 'string' || url.length > URL_CHARACTERS_MAX || !URL.canParse(url))
    return { description: 'no URL' };
  const at = url.indexOf(MUTATE_PREFIX);
  const host = new URL(url).origin;
  const [cluster = '', token = '', ...more] = at === -1 ? [] : url.slice(at + MUTATE_PREFIX.length).split('/');
  const foreign = { description: `${host}, with no token of this cluster` };
  if (cluster !== target.cluster || more.length > 0) return foreign;
  const endpoint = url.slice(0, at);
  try {
    const verify = createPathTokenVerifier(publicKeysOf(ring), target.fleet);
    const { epoch } = await verify(cluster, token);
    return { endpoint, epoch, description: `epoch ${epoch} at ${endpoint}` };
  } catch {
    return { ...foreign, endpoint };
  }
}

/**
 * Whether the token of a registered URL names another fleet or Kubernetes cluster. It is not verified: the keys of another
 * fleet are not ours to read, and ours may be gone when their registration is taken back.
 */
export function isForAnother({ fleet, cluster }: RegistrationTarget, url: unknown): boolean {
  if (typeof url !== 'string' || url.length > URL_CHARACTERS_MAX) return false;
  const at = url.indexOf(MUTATE_PREFIX);
  const token = at === -1 ? undefined : url.slice(at + MUTATE_PREFIX.length).split('/')[1];
  if (token === undefined) return false;
  try {
    const { aud, sub } = decodeJwt(token);
    return typeof aud === 'string' && typeof sub === 'string' && (aud !== fleet || sub !== cluster);
  } catch {
    return false;
  }
}

/** Refuses an endpoint that an API server could not be sent to. */
export function refuseEndpoint(url: string): void {
  const good = URL.canParse(url) && /^https:\/\/[^/?#@\s]+(\/[A-Za-z0-9$._~-]+)*$/.test(url);
  if (!good) throw new RegistrationError('the endpoint must be https://host[/stage], without a slash at its end');
}
