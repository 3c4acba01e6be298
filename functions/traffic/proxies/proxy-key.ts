import { hash } from 'node:crypto';
import type { ProxyIdentity } from '../../identity/proxy-identity.ts';

/**
 * What a proxy is called in reports: one Pod is one proxy, whatever tokens it shows; a token made for no Pod stands for
 * its ServiceAccount. 48 bits in hex: among 10,000 proxies two are alike once in some millions of fleets.
 */
export function proxyKey({ namespace, serviceAccount, pod }: ProxyIdentity): string {
  return hash('sha256', `${namespace}/${pod?.name ?? serviceAccount}/${pod?.uid ?? ''}`, 'hex').slice(0, 12);
}
