/** Which invocation looks at running releases: the one that began last. Two that look at once do no harm, and cost twice. */
export interface LookLease {
  /** When it began, in milliseconds since the epoch. */
  readonly since: number;
}

/** Whose releases the lease of `advance` is of: all of the table's. No Kubernetes cluster has this name. */
export const ALL_RELEASES = '*';

/** Where leases are, each under a name. */
export interface LookLeaseStore {
  /** Takes it, unless one that began later has it. */
  takeLease(of: string, lease: LookLease, signal: AbortSignal): Promise<void>;
  /** Who has it; undefined where no invocation does. */
  findLease(of: string, signal: AbortSignal): Promise<LookLease | undefined>;
}
