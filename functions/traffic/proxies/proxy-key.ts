import { hash } from 'node:crypto';
import type { ProxyIdentity } from '../../identity/proxy-identity.ts';

/** Of identities that stay in memory with their tokens: a poll with figures asks twice, and a hash is a sixth of its time. */
const keys = new WeakMap<ProxyIdentity, string>();

/**
 * What a proxy is called in reports: one Pod is one proxy, whatever tokens it shows; a token made for no Pod stands for
 * its ServiceAccount. 48 bits in hex: among 10,000 proxies two are alike once in some millions of fleets.
 */
export function proxyKey(identity: ProxyIdentity): string {
  const known = keys.get(identity);
  if (known !== undefined) return known;
  const { namespace, serviceAccount, pod } = identity;
  const key = hash('sha256', `${namespace}/${pod?.name ?? serviceAccount}/${pod?.uid ?? ''}`, 'hex').slice(0, 12);
  keys.set(identity, key);
  return key;
}
