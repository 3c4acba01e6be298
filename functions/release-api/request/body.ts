import type { HttpRequest } from '../../http/http-request.ts';
import { ApiError } from '../response/api-error.ts';

/** A canary has some 2 KB; annotations may be larger. */
const BODY_BYTES_MAX = 64 * 1024;
/** A canary nests about 6 levels. */
const BODY_NESTING_MAX = 20;

/** Kubernetes' media types of patches. Strategic merge and apply need types of Go and field managers: refused. */
export const MERGE_PATCH = 'application/merge-patch+json';
/** RFC 6902. */
export const JSON_PATCH = 'application/json-patch+json';

/** The media type of a request without its parameters, in lower case; empty when absent. */
export function mediaType(request: HttpRequest): string {
  return (request.header('content-type')?.split(';')[0] ?? '').trim().toLowerCase();
}

/** Refuses other media types than these (415). */
export function requireType(request: HttpRequest, types: readonly string[]): void {
  if (types.includes(mediaType(request))) return;
  throw new ApiError('UnsupportedMediaType', `the content type must be ${types.join(' or ')}`);
}

/** The text of the body. Throws ApiError 413 when it is too large. */
export function readText(request: HttpRequest): string {
  const text = request.readBody();
  const bytes = Buffer.byteLength(text);
  if (bytes <= BODY_BYTES_MAX) return text;
  const message = `the body has ${bytes} bytes; at most ${BODY_BYTES_MAX} are accepted`;
  throw new ApiError('RequestEntityTooLarge', message);
}

/** The JSON value of a body. Throws ApiError 400 for what is no JSON, nests too deep or names an object's prototype. */
export function parseBody(text: string): unknown {
  if (nestsTooDeep(text)) throw new ApiError('BadRequest', `the body nests deeper than ${BODY_NESTING_MAX} levels`);
  try {
    return JSON.parse(text, refusePrototype);
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    // The parser's own message repeats the text.
    throw new ApiError('BadRequest', 'the body is not JSON', { cause });
  }
}

/** The depth of brackets outside of strings, in one pass without recursion. */
function nestsTooDeep(text: string): boolean {
  let depth = 0;
  let isString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') isString = !isString;
    else if (isString && c === '\\') i++;
    else if (!isString && (c === '{' || c === '[') && ++depth > BODY_NESTING_MAX) return true;
    else if (!isString && (c === '}' || c === ']')) depth--;
  }
  return false;
}

function refusePrototype(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new ApiError('BadRequest', 'the body has a field __proto__');
  return value;
}
