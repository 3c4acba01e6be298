import { join } from 'node:path';
import type { ClusterNode } from './node.ts';
import { fetchInside, type InsideAnswer } from './node-fetch.ts';

/** The release of the service `cart` by the release API of a gateway inside a node. */
export interface ControlPlane {
  /** Sets the canary's weight; stable gets the rest of 100. */
  setWeights(canary: number): Promise<void>;
  /** The version of the routes that proxies of the canary's own namespace are to run now. */
  routesVersion(): Promise<string>;
}

const CANARY = {
  apiVersion: 'outrigger.dev/v1alpha1',
  kind: 'Canary',
  metadata: { name: 'cart', namespace: 'shop' },
  spec: {
    service: { name: 'cart', port: 8080 },
    backends: [
      { name: 'stable', service: 'cart-stable' },
      { name: 'canary', service: 'cart-canary' },
    ],
  },
};
const PATH = '/apis/outrigger.dev/v1alpha1/clusters/local/namespaces/shop/canaries/cart';
/** Two polls for Envoy clusters and ten seconds. */
const STAGE_MS_MAX = 60_000;

/**
 * Registers the canary at 100/0 and waits until its routes are served.
 *
 * @param url of the gateway
 * @param token that it wants from callers of the release API
 */
export async function startControlPlane(
  node: ClusterNode,
  { url, stateDir, token }: { readonly url: string; readonly stateDir: string; readonly token: string },
): Promise<ControlPlane> {
  const call = async (method: string, path: string, body?: object, etag?: string): Promise<InsideAnswer> => {
    const match: Record<string, string> = etag === undefined ? {} : { 'if-match': etag };
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...match };
    const ca = join(stateDir, 'tls', 'ca.crt');
    const answer = await fetchInside(node, url + path, {
      method,
      headers,
      ca,
      ...(body === undefined ? {} : { body }),
    });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return answer;
  };
  await call('PUT', PATH, CANARY);
  const limit = Date.now() + STAGE_MS_MAX;
  while (JSON.parse((await call('GET', PATH)).body).status.phase === 'Initializing') {
    if (Date.now() > limit) throw new Error('the canary stays Initializing');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  return {
    setWeights: async (canary) => {
      const { etag } = await call('GET', `${PATH}/weights`);
      const backends = [
        { name: 'stable', weight: 100 - canary },
        { name: 'canary', weight: canary },
      ];
      await call('PUT', `${PATH}/weights`, { backends }, etag);
    },
    routesVersion: async () => JSON.parse((await call('GET', `${PATH}/preview`)).body).routes.version_info,
  };
}
