import type { Fault } from '../../json/faults.ts';
import { describeFaults } from '../../json/faults.ts';

/** The group of the API, as Kubernetes' messages name it. */
export const GROUP = 'outrigger.dev';

/** Kubernetes' words for what went wrong (k8s.io/apimachinery, meta/v1 StatusReason); the last two are HTTP's own. */
export type StatusReason =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'MethodNotAllowed'
  | 'AlreadyExists'
  | 'Conflict'
  /** Ours: a freeze is in force, and asking again changes nothing. */
  | 'Frozen'
  | 'Expired'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'Invalid'
  | 'InternalError'
  | 'ServiceUnavailable'
  | 'PreconditionFailed'
  | 'PreconditionRequired'
  | 'TooManyRequests';

const CODES: Readonly<Record<StatusReason, number>> = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  AlreadyExists: 409,
  Conflict: 409,
  Frozen: 409,
  Expired: 410,
  PreconditionFailed: 412,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  PreconditionRequired: 428,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
};

/** What the API has, by the names in its paths. */
export type Resource = 'canaries' | 'freezes';

const KINDS: Readonly<Record<Resource, string>> = { canaries: 'Canary', freezes: 'Freeze' };

/** What a response of an error says besides its reason and message. */
interface Details {
  readonly name?: string | undefined;
  /** What the name is of. Default: canaries. */
  readonly kind?: Resource;
  readonly faults?: readonly Fault[] | undefined;
  /** Of a `Conflict`: what stands in the way, as a code and a sentence. */
  readonly because?: { readonly reason: string; readonly message: string };
  /** Seconds after which the same request may succeed. */
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Anything that the release API answers with a Kubernetes `Status`; the message is for people and names no secret. */
export class ApiError extends Error {
  override readonly name = 'ApiError' as const;
  readonly reason: StatusReason;
  readonly code: number;
  readonly details: Details;

  constructor(reason: StatusReason, message: string, details: Details = {}) {
    super(message, { cause: details.cause });
    this.reason = reason;
    this.code = CODES[reason];
    this.details = details;
  }
}

/** The object's name as Kubernetes' messages write it. */
export function subject(name: string, kind: Resource = 'canaries'): string {
  return `${kind}.${GROUP} "${name}"`;
}

/** Nothing has this name: 404. */
export function notFound(name: string, kind: Resource = 'canaries'): ApiError {
  return new ApiError('NotFound', `${subject(name, kind)} not found`, { name, kind });
}

/** Faults of a document: 422 with a cause for each. */
export function invalid(name: string | undefined, faults: readonly Fault[], kind: Resource = 'canaries'): ApiError {
  const message = `${KINDS[kind]}.${GROUP} "${name ?? ''}" is invalid: ${describeFaults(faults)}`;
  return new ApiError('Invalid', message, { name, faults, kind });
}

/** Another writer was faster. */
export function modified(name: string, kind: Resource = 'canaries'): ApiError {
  const why = 'the object has been modified; please apply your changes to the latest version and try again';
  return new ApiError('Conflict', `Operation cannot be fulfilled on ${subject(name, kind)}: ${why}`, { name, kind });
}

/** The reason of a status code that another part of the entry points has thrown. */
export function reasonOf(code: number): StatusReason {
  const found = Object.entries(CODES).find(([, c]) => c === code)?.[0];
  return isReason(found) ? found : 'InternalError';
}

function isReason(text: string | undefined): text is StatusReason {
  return text !== undefined && Object.hasOwn(CODES, text);
}
