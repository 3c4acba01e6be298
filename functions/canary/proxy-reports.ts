/** What one function environment saw of the proxies of a Kubernetes cluster. Merged by readers: newest report wins. */
export interface ProxyReport {
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
  /** The last versions of the routes that the environment served, each with what it held: canary → resourceVersion. */
  readonly versions: readonly {
    readonly version: string;
    readonly canaries: Readonly<Record<string, string>>;
  }[];
  /** By a proxy's hash. */
  readonly proxies: Readonly<Record<string, ReportedProxy>>;
  /** Names (`namespace/pod`) of up to 100 proxies by hash; those that lag or reject first. */
  readonly names: Readonly<Record<string, string>>;
  /** Of no namespace fewer than every n-th proxy is reported, chosen by hash; 1 for all. */
  readonly sampling: number;
  /** The namespaces of the proxies; absent from reports of older versions. */
  readonly namespaces?: readonly string[];
  /** Of each of them every n-th proxy is reported; absent: `sampling` holds for all. */
  readonly samplings?: readonly number[];
  /** What proxies hold of targets that are being learned; absent while none is, and from reports of older versions. */
  readonly learning?: LearningReport;
  /** Polls that showed a token of the Kubernetes cluster's issuer and were answered 401, in the last minute. */
  readonly refusals?: number;
}

/**
 * Which of `versions` a proxy runs (-1: none that is told), seconds from then to `writtenAt`, `ProxyTrouble`, and which of
 * `namespaces` it is in. The last two may be absent in reports of older versions, which read no further than they write.
 */
export type ReportedProxy = readonly [
  version: number,
  secondsAgo: number,
  trouble?: (typeof ProxyTrouble)[keyof typeof ProxyTrouble],
  namespace?: number,
];

/** Which proxies have asked since targets are being learned, and which of these they hold the Envoy clusters of. */
export interface LearningReport {
  /** By their ids (`stagingTarget`), at most 30. */
  readonly targets: readonly string[];
  readonly namespaces: readonly string[];
  /** By a proxy's hash: which of `namespaces`, seconds from its last poll to `writtenAt`, and a bit for each of `targets`. */
  readonly proxies: Readonly<Record<string, readonly [namespace: number, secondsAgo: number, held: number]>>;
  /** Whether these are all that the environment has heard. */
  readonly isWhole: boolean;
}

/**
 * What keeps a proxy from following: it was sent newer routes and did not take them, its token is refused now, or it was told
 * to ask seldom, because it sends no requests to what moves.
 */
export const ProxyTrouble = { none: 0, rejects: 1, refused: 2, idle: 3 } as const;

/** Where function environments leave what they saw for each other. */
export interface ProxyReportStore {
  /** Replaces the environment's report; it is forgotten an hour later. */
  writeProxyReport(cluster: string, environment: string, report: ProxyReport, signal: AbortSignal): Promise<void>;
  readProxyReports(cluster: string, signal: AbortSignal): Promise<readonly ProxyReport[]>;
}
