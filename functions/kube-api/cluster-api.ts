/** A Kubernetes object as the API serves it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** One page of a list. */
export interface KubePage {
  readonly items: readonly KubeObject[];
  /** Hand it back to get the next page; absent on the last one. */
  readonly continue?: string;
}

/** An operation of a JSON Patch that sets a value, whether or not there is one. */
export interface SetOperation {
  readonly op: 'add';
  readonly path: string;
  readonly value: unknown;
}

/** The name that our fields are owned under in `managedFields`. */
export const FIELD_MANAGER = 'outrigger';

/**
 * The few calls to a Kubernetes API server that registration and drift need. Paths are those of the API, e.g.
 * `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/outrigger`. All reject with ClusterApiError for
 * an answer that is no success, and with ClusterUnreachableError when there is none.
 */
export interface ClusterApi {
  /** The object; undefined when there is none (404). */
  get(path: string, signal: AbortSignal): Promise<KubeObject | undefined>;
  /** One page, at most `limit` items. */
  list(
    path: string,
    query: { readonly limit: number; readonly continue?: string; readonly labelSelector?: string },
    signal: AbortSignal,
  ): Promise<KubePage>;
  /** Server-side apply under our field manager: conflicts reject with status 409 unless forced. */
  apply(
    path: string,
    object: KubeObject,
    options: { readonly force: boolean; readonly dryRun: boolean },
    signal: AbortSignal,
  ): Promise<KubeObject>;
  /**
   * JSON Patch (RFC 6902) under our field manager. With `/metadata/resourceVersion` in it an object that was written meanwhile
   * rejects with status 409, so a repeated call does no harm.
   */
  patch(
    path: string,
    operations: readonly SetOperation[],
    options: { readonly dryRun: boolean },
    signal: AbortSignal,
  ): Promise<KubeObject>;
  /** False when there was none (404). */
  delete(path: string, signal: AbortSignal): Promise<boolean>;
}

/** The API server refused, or failed. `status` and `reason` are those of its Status object. */
export class ClusterApiError extends Error {
  override readonly name = 'ClusterApiError';
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

/** There was no answer: no such host, refused, timed out, a certificate that is not trusted. */
export class ClusterUnreachableError extends Error {
  override readonly name = 'ClusterUnreachableError';
}
