/**
 * The caller's mistake: a request that no retry will fix. Thrown by everything that reads the request; the entry point turns
 * it into `status` (4xx) with `message` as text/plain. The message names what is wrong, where, and how to fix it, and never
 * repeats the body, the path or a header.
 */
export class RequestError extends Error {
  override readonly name = 'RequestError' as const;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/**
 * The template store could not be read and nothing usable is cached. Our fault: the entry point responds with
 * 500, so that the cluster's failurePolicy decides. `cause` keeps the SDK's or file system's error for the log.
 */
export class TemplateStoreError extends Error {
  override readonly name = 'TemplateStoreError' as const;
}

/**
 * A Kubernetes cluster has no record in the store: it was never registered, or its record was deleted. Entry points refuse its
 * callers as they refuse a wrong token. Register the cluster to fix that.
 */
export class NoClusterRecordError extends Error {
  override readonly name = 'NoClusterRecordError' as const;
}

/**
 * The environment of a function is incomplete or malformed. The message lists every fault; fix the deployment.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError' as const;
}

/**
 * A template cannot be published, promoted or found: the message names why and what to do. Thrown before anything is
 * written; printed by the command line as it is.
 */
export class PublishError extends Error {
  override readonly name = 'PublishError' as const;
}

/**
 * The store of canaries could not be read or written. Our fault: entry points respond with 503, and proxies keep what they have.
 * `cause` keeps the SDK's or file system's error for the log.
 */
export class CanaryStoreError extends Error {
  override readonly name = 'CanaryStoreError' as const;
  /** Set when a stored canary has not a canary's shape: the first field that is wrong. No retry fixes that. */
  readonly field: string | undefined;

  constructor(message: string, options: { readonly cause?: unknown; readonly field?: string | undefined } = {}) {
    super(message, options);
    this.field = options.field;
  }
}

/**
 * The public keys of a token issuer could not be fetched and none are cached, so no token of it can be verified.
 * Our fault: 503. `cause` keeps the reason for the log.
 */
export class IssuerError extends Error {
  override readonly name = 'IssuerError' as const;
}

/** The name of an error, for logs: a message may hold anything. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown error';
}
