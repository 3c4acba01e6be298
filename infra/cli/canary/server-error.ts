import { own } from '../../../functions/json/check.ts';
import { isRecord, printable } from '../../../functions/json/faults.ts';
import type { HttpAnswer } from './http.ts';

/** What the release API refused, in kubectl's words; printed as it is. */
export class ServerError extends Error {
  override readonly name = 'ServerError' as const;
  readonly status: number;
  /** Kubernetes' word for it; absent where no release API answered. */
  readonly reason: string | undefined;
  /** The object that it is about, by its name; absent where it is about none. */
  readonly object: string | undefined;
  /** Whether the request had been sent before, and its response was lost: perhaps that one was served. */
  readonly isRepeated: boolean;

  constructor(
    status: number,
    message: string,
    reason?: string,
    { object, isRepeated = false }: { readonly object?: string | undefined; readonly isRepeated?: boolean } = {},
  ) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.object = object;
    this.isRepeated = isRepeated;
  }
}

/**
 * Reads an answer of 4xx or 5xx: a Kubernetes `Status`, or whatever stood in between has said.
 *
 * @param isRepeated whether the request had been sent before
 */
export function serverError({ status, text }: HttpAnswer, isRepeated = false): ServerError {
  const value = parsed(text);
  const message = isRecord(value) ? own(value, 'message') : undefined;
  const said = isRecord(value) ? own(value, 'reason') : undefined;
  const reason = typeof said === 'string' ? said : undefined;
  if (typeof message !== 'string') return new ServerError(status, `Error from server: HTTP ${status}`);
  const details = isRecord(value) ? own(value, 'details') : undefined;
  const causes = isRecord(details) ? own(details, 'causes') : undefined;
  if (reason === 'Invalid' && isRecord(details) && Array.isArray(causes)) {
    const lines = causes.filter(isRecord).map((cause) => `* ${cause['field']}: ${cause['message']}`);
    const kind = own(details, 'kind') === 'freezes' ? 'Freeze' : 'Canary';
    const what = `The ${kind} "${own(details, 'name') ?? ''}" is invalid:`;
    return new ServerError(status, [what, ...lines].map(printable).join('\n'), reason);
  }
  const kind = reason === undefined ? '' : ` (${reason})`;
  const name = isRecord(details) ? own(details, 'name') : undefined;
  const more = { object: typeof name === 'string' ? name : undefined, isRepeated };
  return new ServerError(status, printable(`Error from server${kind}: ${message}`), reason, more);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
