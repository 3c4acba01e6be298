/**
 * Which secret: `secretRef` of a canary names it, in the namespace of the canary; that of a cluster record names one of the
 * Kubernetes cluster's own, which no namespace has.
 */
export interface SecretKey {
  readonly cluster: string;
  readonly namespace?: string;
  readonly name: string;
}

/** Reads a secret; undefined where there is none. What it rejects with holds nothing of the secret. */
export type SecretReader = (key: SecretKey, signal: AbortSignal) => Promise<string | undefined>;

/** Where a secret stands below those of a fleet. */
export function segmentsOf({ cluster, namespace, name }: SecretKey): readonly string[] {
  return namespace === undefined ? [cluster, name] : [cluster, namespace, name];
}
