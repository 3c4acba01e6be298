import jsonPatch, { type Operation } from 'fast-json-patch';
import type { Canary } from '../canary/canary.ts';
import { isRecord } from '../faults.ts';
import { ApiError, invalid } from './api-error.ts';
import { JSON_PATCH } from './body.ts';

/** A patch names a handful of fields. */
const OPERATIONS_MAX = 100;
const WORDS = ['add', 'remove', 'replace', 'move', 'copy', 'test'];

/** The document that a patch makes of a canary; whether it is a Canary is for the parser to say. */
export function applyPatch(canary: Canary, patch: unknown, type: string): unknown {
  return type === JSON_PATCH ? applyOperations(canary, patch) : merge(canary, patch);
}

/** RFC 6902; ApiError 400 for what is no JSON Patch, 422 for one that does not apply (a failed `test` among them). */
function applyOperations(canary: Canary, patch: unknown): unknown {
  if (!isPatch(patch)) {
    const what = `a JSON Patch is a list of at most ${OPERATIONS_MAX} operations {op, path, …} (RFC 6902)`;
    throw new ApiError('BadRequest', what);
  }
  try {
    return jsonPatch.applyPatch<unknown>(structuredClone(canary), patch, true, true).newDocument;
  } catch (cause) {
    const index = isRecord(cause) && typeof cause['index'] === 'number' ? cause['index'] : 0;
    // The library's own message repeats the whole document.
    throw Object.assign(invalid(canary.metadata.name, [{ path: `[${index}]`, message: 'does not apply' }]), { cause });
  }
}

function isPatch(patch: unknown): patch is Operation[] {
  if (!Array.isArray(patch) || patch.length > OPERATIONS_MAX) return false;
  return patch.every((o: unknown) => {
    if (!isRecord(o) || typeof o['path'] !== 'string' || !WORDS.includes(String(o['op']))) return false;
    return o['op'] !== 'move' && o['op'] !== 'copy' ? true : typeof o['from'] === 'string';
  });
}

/** RFC 7396; both sides nest as deep as a body may. */
function merge(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result = new Map(isRecord(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, merge(result.get(key), value));
  }
  return Object.fromEntries(result);
}
