import type { CanaryMatch } from './match.ts';

/** The API group and version of the release API. */
export const CANARY_API_VERSION = 'outrigger.dev/v1alpha1';

/** The two tracks of a release, in the order of every list: with a hash policy a raised weight moves no caller back. */
export type Track = 'stable' | 'canary';

/** Where one track's Pods are found: a headless Service of the canary's own namespace, and the port of its Pods. */
export interface CanaryBackend {
  readonly name: Track;
  readonly service: string;
  /** The Pods' own port: a headless Service's addresses are theirs. Default: `spec.service.port`. */
  readonly port: number;
}

/** What keeps a caller on its track: the first of these that a request has. Without any the choice is random. */
export type HashKey = { readonly header: string } | { readonly cookie: string } | { readonly sourceIP: true };

/** What the people who release write. */
export interface CanarySpec {
  /** The Service that callers name; it selects the stable Pods only. */
  readonly service: { readonly name: string; readonly port: number };
  /** Stable first, canary last. */
  readonly backends: readonly [CanaryBackend, CanaryBackend];
  /** What weights are counted in, fixed at creation: 100, or 10,000 for hundredths of a percent. */
  readonly totalWeight: 100 | 10_000;
  /** Namespaces whose proxies see it: `*` all, `.` its own. */
  readonly exportTo: readonly string[];
  readonly match: readonly CanaryMatch[];
  readonly sessionAffinity?: { readonly hashOn: readonly HashKey[] };
  /** A copy of this share of the requests goes to the canary; its answers are thrown away. */
  readonly mirror?: { readonly percentage: number };
}

/**
 * - `Initializing`: the proxies are learning its listener and Envoy clusters; every request goes to stable.
 * - `Initialized`: at 100/0, ready for a weight.
 * - `Progressing`: the canary has a share.
 * - `WaitingPromotion`: the canary has everything; the stable Service is to get the new version.
 * - `Succeeded`: back at 100/0 after that.
 * - `Failed`: aborted, at 100/0; `retry` or a new spec starts the release again.
 * - `Terminating`: deleted; its Envoy clusters stay until the proxies have forgotten its routes.
 */
export type CanaryPhase =
  | 'Initializing'
  | 'Initialized'
  | 'Progressing'
  | 'WaitingPromotion'
  | 'Succeeded'
  | 'Failed'
  | 'Terminating';

/** Whole numbers whose sum is `totalWeight`. */
export interface CanaryWeights {
  readonly stable: number;
  readonly canary: number;
}

/**
 * One set of Envoy clusters and a listener. A changed port or backend is a new target: proxies learn it first, and
 * routes move to it at `routesFrom` (make before break); the one before stays until `keepUntil`. All derived from time,
 * so that no function has to run at the moment itself.
 */
export interface CanaryTarget {
  /** 1 for the first; part of the Envoy clusters' names from the second on. */
  readonly revision: number;
  readonly service: CanarySpec['service'];
  readonly backends: CanarySpec['backends'];
  /**
   * Namespaces whose proxies see this target; absent: `spec.exportTo`. A wider one is a new target too: proxies that
   * have not seen the Envoy clusters yet would refuse routes to them.
   */
  readonly exportTo?: readonly string[];
  /** RFC 3339. From then on routes may lead to it. */
  readonly routesFrom: string;
  /**
   * RFC 3339. From then on routes may lead to its Envoy clusters that fall back to the main Service. Absent in a target of
   * an older version, which has no such Envoy clusters; the next write but an abort or a deletion sets it.
   */
  readonly fallbackFrom?: string;
  /** RFC 3339. Set when the next target, or the deletion, takes its routes away. */
  readonly keepUntil?: string;
}

/** Kubernetes' condition, as `kubectl wait` and `kubectl describe` know it. */
export interface CanaryCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration: number;
}

/** What Outrigger writes. */
export interface CanaryStatus {
  readonly observedGeneration: number;
  readonly phase: CanaryPhase;
  readonly weights: CanaryWeights;
  /**
   * Whether it changes nothing: requests go where their callers sent them, whatever the tracks' Services are. True at
   * 100/0 with neither match nor mirror, while no release goes on or has failed. A release that begins sets it to false.
   */
  readonly atRest: boolean;
  /** RFC 3339. When a release gave way to the rest that it is at; absent where none ever did, and off rest. */
  readonly restSince?: string;
  /** Oldest first; at most the served one, the one before and the one being staged. */
  readonly targets: readonly CanaryTarget[];
  /**
   * The last write that moves routes. Proxies are watched for it from `since`, when all of it is served, to
   * `until`; after that no proxy reports for it.
   */
  readonly awaiting?: { readonly resourceVersion: string; readonly since: string; readonly until: string };
  readonly conditions: readonly CanaryCondition[];
  readonly lastTransitionTime: string;
}

/** One release of one Service, as the API answers it. */
export interface Canary {
  readonly apiVersion: typeof CANARY_API_VERSION;
  readonly kind: 'Canary';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    /** Counts changes of `spec`. */
    readonly generation: number;
    /**
     * The head of the Kubernetes cluster after the canary's last write, as a decimal: all canaries of the cluster count on
     * one line, so that nothing that knows a former canary of the name by its version can take this one for it.
     */
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    /** Set by DELETE; the canary is gone once its targets are. */
    readonly deletionTimestamp?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: CanarySpec;
  readonly status: CanaryStatus;
}
