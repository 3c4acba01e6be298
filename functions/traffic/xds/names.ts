import type { CanaryTarget } from '../../canary/canary.ts';

/** The Envoy clusters of one target in its first form, by their part in it. */
export interface FirstClusterNames {
  /** The stable Pods, or what stands for them. Routes name this one. */
  readonly stable: string;
  /** The aggregate: the canary's Pods, and the stable ones while the canary has none. Routes name this one. */
  readonly canary: string;
  /** The canary's Pods alone. */
  readonly canaryOnly: string;
  /** The canary's Pods for copies of requests: no fallback, and figures of their own. */
  readonly mirror: string;
}

/** The same in the form in which `stable` is an aggregate too, and both end at the main Service. */
export interface EnvoyClusterNames extends FirstClusterNames {
  /** The stable Pods alone. */
  readonly stableOnly: string;
  /** The Service that callers name, by its own address. */
  readonly main: string;
}

/** The Envoy cluster of the bootstrap that sends bytes to where they were going. */
export const PASSTHROUGH = 'passthrough';
/** The same for HTTP requests, in the protocol that they came in. Of the bootstrap too: the first routes need it. */
export const PASSTHROUGH_HTTP = 'passthrough-http';
/** The one route configuration that every listener asks for. */
export const ROUTE_CONFIGURATION = 'outbound';

/**
 * What a target is called: `shop/cart/8080`, from its second revision on `shop/cart/8080/2`, so that a changed one never
 * changes what routes still lead to. Also the name of its virtual host. No dots: Envoy's metrics would be cut there.
 */
export function targetName(namespace: string, { service, revision }: CanaryTarget): string {
  const name = `${namespace}/${service.name}/${service.port}`;
  return revision > 1 ? `${name}/${revision}` : name;
}

/**
 * The names of a target's Envoy clusters: `shop/cart/8080/r1|stable`. No name of the first form, so that none of these
 * ever changes what it is while functions of both versions answer in turn.
 */
export function clusterNames(namespace: string, { service, revision }: CanaryTarget): EnvoyClusterNames {
  const target = `${namespace}/${service.name}/${service.port}/r${revision}`;
  return { ...partsOf(target), stableOnly: `${target}|stable-only`, main: `${target}|main` };
}

/**
 * The names of the first form, `shop/cart/8080|stable`: in it the canary falls back to the stable Pods, and these to
 * nothing. Versions before 2026-11-30 know no other; the next release may leave it out.
 */
export function firstClusterNames(namespace: string, target: CanaryTarget): FirstClusterNames {
  return partsOf(targetName(namespace, target));
}

function partsOf(target: string): FirstClusterNames {
  return {
    stable: `${target}|stable`,
    canary: `${target}|canary`,
    canaryOnly: `${target}|canary-only`,
    mirror: `${target}|mirror`,
  };
}

/** The DNS name of a Service as a resolver takes it: the trailing dot keeps the search list out. */
export function serviceAddress(service: string, namespace: string, clusterDomain: string): string {
  return `${service}.${namespace}.svc.${clusterDomain}.`;
}

/**
 * Every `Host` (`:authority`) by which HTTP clients of a namespace call a Service's port. They leave port 80 out, and
 * some keep the dot at the end. The short name means the caller's own namespace.
 */
export function hostNames(
  service: { readonly name: string; readonly port: number },
  namespace: string,
  viewer: { readonly namespace: string; readonly clusterDomain: string },
): readonly string[] {
  const full = `${service.name}.${namespace}.svc.${viewer.clusterDomain}`;
  const short = viewer.namespace === namespace ? [service.name] : [];
  const names = [...short, `${service.name}.${namespace}`, `${service.name}.${namespace}.svc`, full, `${full}.`];
  return names.flatMap((name) => [...(service.port === 80 ? [name] : []), `${name}:${service.port}`]);
}
