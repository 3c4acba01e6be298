import { putNewest } from '../http/bounded-map.ts';
import type { ProxyIdentity } from './proxy-identity.ts';

/** Namespaces and ServiceAccounts that are shared. */
const TEXTS_MAX = 4_096;

/**
 * Keeps equal values once: what thousands of tokens have in common would otherwise be in memory as often as they are.
 *
 * @param nameOf what tells values apart
 * @param most of more values than these each is its own
 */
export function createSharedValues<T>(nameOf: (value: T) => string, most: number): (value: T) => T {
  const values = new Map<string, T>();

  return (value) => {
    const name = nameOf(value);
    const known = values.get(name) ?? value;
    putNewest(values, name, known, most);
    return known;
  };
}

/** Makes an identity's texts those that others have: the proxies of a namespace need one of it. */
export function createSharedTexts(): (identity: ProxyIdentity) => ProxyIdentity {
  const shared = createSharedValues<string>((text) => text, TEXTS_MAX);

  return ({ cluster, namespace, serviceAccount, pod, key }) => {
    const [space, account] = [shared(namespace), shared(serviceAccount)];
    // Each as one literal: a spread takes 40 bytes more.
    return pod === undefined
      ? { cluster, namespace: space, serviceAccount: account, key }
      : { cluster, namespace: space, serviceAccount: account, pod, key };
  };
}
