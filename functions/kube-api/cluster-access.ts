/** How to reach and enter a Kubernetes API server. */
export interface ClusterAccess {
  /** `https://host[:port][/path]`, without a trailing slash. */
  readonly server: string;
  /** The authority to trust, in PEM; absent: the system's. */
  readonly ca?: string;
  /** Another name than the host to check the certificate against. */
  readonly tlsServerName?: string;
  /** Only as kubeconfig's `insecure-skip-tls-verify`, which people set themselves. */
  readonly insecureSkipTlsVerify?: boolean;
  /** A client certificate, in PEM. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** A bearer token; asked for before every request, so that a short-lived one can be renewed. */
  readonly token?: (signal: AbortSignal) => Promise<string>;
}
