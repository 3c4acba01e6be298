import jsonPatch, { type Operation } from 'fast-json-patch';
import type { Canary } from '../../canary/canary.ts';
import { isRecord } from '../../json/faults.ts';
import { ApiError, invalid } from '../response/api-error.ts';
import { shownCanary } from '../response/shown-canary.ts';
import { JSON_PATCH } from './body.ts';

/** A patch names a handful of fields. */
const OPERATIONS_MAX = 100;
/**
 * What the `copy` operations of one patch may copy, in bytes of JSON, as kube-apiserver bounds it (JSONPatchMaxCopyBytes):
 * each may copy what the one before has made, so that the size doubles every time.
 */
const COPIED_BYTES_MAX = 64 * 1_024;
const WORDS = ['add', 'remove', 'replace', 'move', 'copy', 'test'];

/** The document that a patch makes of a canary as it is answered; whether it is a Canary is for the parser to say. */
export function applyPatch(canary: Canary, patch: unknown, type: string): unknown {
  const shown = shownCanary(canary);
  return type === JSON_PATCH ? applyOperations(shown, patch, canary.metadata.name) : merge(shown, patch);
}

/** RFC 6902; ApiError 400 for what is no JSON Patch, 413 for copies, 422 for one that does not apply (a failed `test`). */
function applyOperations(shown: object, patch: unknown, name: string): unknown {
  if (!isPatch(patch)) {
    const what = `a JSON Patch is a list of at most ${OPERATIONS_MAX} operations {op, path, …} (RFC 6902)`;
    throw new ApiError('BadRequest', what);
  }
  let document: unknown = structuredClone(shown);
  let copied = 0;
  for (const [index, operation] of patch.entries()) {
    try {
      if (operation.op === 'copy') copied += sizeOf(document, operation.from);
      if (copied <= COPIED_BYTES_MAX) {
        document = jsonPatch.applyOperation<unknown>(document, operation, true, true, true, index).newDocument;
      }
    } catch (cause) {
      const fault = { path: `[${index}]`, message: 'does not apply' };
      // The library's own message repeats the whole document.
      throw Object.assign(invalid(name, [fault]), { cause });
    }
    if (copied > COPIED_BYTES_MAX) {
      const message = `the copy operations of a JSON Patch may copy ${COPIED_BYTES_MAX} bytes together`;
      throw new ApiError('RequestEntityTooLarge', message);
    }
  }
  return document;
}

/** The bytes of what a JSON Pointer leads to; throws where it leads nowhere. */
function sizeOf(document: unknown, pointer: string): number {
  return Buffer.byteLength(JSON.stringify(jsonPatch.getValueByPointer(document, pointer)) ?? '');
}

function isPatch(patch: unknown): patch is Operation[] {
  if (!Array.isArray(patch) || patch.length > OPERATIONS_MAX) return false;
  return patch.every((o: unknown) => {
    if (!isRecord(o) || typeof o['path'] !== 'string' || !WORDS.includes(String(o['op']))) return false;
    if (o['op'] !== 'move' && o['op'] !== 'copy') return true;
    // Moved into itself (RFC 6902 §4.4 forbids it), a value would hold itself.
    return typeof o['from'] === 'string' && (o['op'] === 'copy' || !o['path'].startsWith(`${o['from']}/`));
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
