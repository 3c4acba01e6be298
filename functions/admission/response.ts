import type { Operation } from 'fast-json-patch';
import { printable } from '../json/faults.ts';

/** The decision on one request, before it is put on the wire. Built only by the constructors below. */
export interface AdmissionResponse {
  readonly allowed: boolean;
  /** The JSON Patch (RFC 6902); empty means no patch at all, never an empty one. */
  readonly operations: readonly Operation[];
  /** Shown by kubectl; short and without a newline (a warning with one vanishes in the API server). */
  readonly warnings: readonly string[];
  /** Keys without `/` or space (others vanish); the API server puts the webhook's name before them. */
  readonly auditAnnotations: Readonly<Record<string, string>>;
  /** Only with a denial. */
  readonly status?: Denial;
}

/** Why a request is refused: what the Pod has wrong is 400, what it may not have is 403. */
export interface Denial {
  readonly code: 400 | 403;
  /** The sentence that the user reads. */
  readonly message: string;
}

/** The request passes as it is. */
export function allowed(): AdmissionResponse {
  return { allowed: true, operations: [], warnings: [], auditAnnotations: {} };
}

/** The request passes with these operations applied. */
export function patched(operations: readonly Operation[]): AdmissionResponse {
  return { ...allowed(), operations };
}

/** The request is refused. */
export function denied(code: Denial['code'], message: string): AdmissionResponse {
  return { ...allowed(), allowed: false, status: { code, message: printable(message) } };
}

/** Kubernetes asks for warnings of at most 120 characters; longer ones are cut when there are many. */
export const WARNING_CHARACTERS_MAX = 120;

/** The response with warnings added, each made one short line. */
export function withWarnings(response: AdmissionResponse, warnings: readonly string[]): AdmissionResponse {
  return warnings.length === 0 ? response : { ...response, warnings: [...response.warnings, ...warnings.map(oneLine)] };
}

/** The response with audit annotations added. */
export function withAudit(
  response: AdmissionResponse,
  annotations: Readonly<Record<string, string>>,
): AdmissionResponse {
  return { ...response, auditAnnotations: { ...response.auditAnnotations, ...annotations } };
}

function oneLine(warning: string): string {
  const line = printable(warning);
  if (line.length <= WARNING_CHARACTERS_MAX) return line;
  // A cut through a pair of surrogates would leave half a character.
  return `${line.slice(0, WARNING_CHARACTERS_MAX - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
