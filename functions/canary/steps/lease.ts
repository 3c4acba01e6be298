/** Which invocation looks at running releases of a Kubernetes cluster: the one that began last. Two that look at once do no harm, and cost twice. */
export interface LookLease {
  /** When it began, in milliseconds since the epoch. */
  readonly since: number;
}

/** Where leases are, one for each Kubernetes cluster. */
export interface LookLeaseStore {
  /** Takes it, unless one that began later has it. */
  takeLease(cluster: string, lease: LookLease, signal: AbortSignal): Promise<void>;
  /** Who has it; undefined where no invocation does. */
  findLease(cluster: string, signal: AbortSignal): Promise<LookLease | undefined>;
}
