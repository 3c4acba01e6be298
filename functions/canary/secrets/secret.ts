/** Which secret: `secretRef` of a canary names it, in the namespace of the canary. */
export interface SecretKey {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

/** Reads a secret; undefined where there is none. What it rejects with holds nothing of the secret. */
export type SecretReader = (key: SecretKey, signal: AbortSignal) => Promise<string | undefined>;
