import { createHash } from 'node:crypto';

/** The first 16 hex digits of the SHA-256 of a document's JSON: says which content it is, wherever it came from. */
export function hashOf(document: unknown): string {
  return createHash('sha256')
    .update(String(JSON.stringify(document)))
    .digest('hex')
    .slice(0, 16);
}
