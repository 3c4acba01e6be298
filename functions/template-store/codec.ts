import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';

/** The most that a standard parameter holds (Systems Manager quotas); advanced ones cost money and hold only twice that. */
export const PARAMETER_BYTES_MAX = 4_096;
/** 64 KB of base64: some 200 KB of template. Istio's has 24 KB and needs two or three parts. */
export const PARTS_MAX = 16;
/** What is unpacked at most: a gzip bomb of 4 KB would otherwise become 4 MB. */
export const DOCUMENT_BYTES_MAX = 1024 * 1024;

const GZIP = 'gzip:';
const HEAD = /^parts:([1-9]\d?):([0-9a-f]{64})$/;

/** A document as parameter values: one, or a head and the parts that it names. */
export interface EncodedDocument {
  /** The value of the template's own parameter; written last. */
  readonly head: string;
  /** Values by name under `/outrigger/{fleet}/parts/`; empty where the head holds everything. */
  readonly parts: ReadonlyMap<string, string>;
}

/** A document, or a sentence with the reason why there is none; never half of one. */
export type DecodedDocument = { readonly document: unknown } | { readonly unreadable: string };

/**
 * Puts a JSON document into parameter values, in the first of three forms that fits:
 *  - compact JSON, for people to read;
 *  - `gzip:` and base64;
 *  - `parts:{count}:{hash}`, where `{hash}-1` to `{hash}-{count}` hold that base64 and the hash is its SHA-256. A name
 *    stands for one content for ever, so the parts of two versions can never be mixed.
 *
 * None of them can contain `{{`, which Parameter Store takes for a reference and refuses.
 *
 * @returns undefined when the document is too large even so
 */
export function encodeDocument(document: unknown): EncodedDocument | undefined {
  // Two braces stand side by side only inside strings, where JSON has another way to write them.
  const json = JSON.stringify(document).replaceAll('{{', '{\\u007b');
  if (Buffer.byteLength(json) <= PARAMETER_BYTES_MAX) return { head: json, parts: new Map() };
  if (Buffer.byteLength(json) > DOCUMENT_BYTES_MAX) return undefined;
  const packed = gzipSync(json, { level: 9 }).toString('base64');
  if (GZIP.length + packed.length <= PARAMETER_BYTES_MAX) return { head: GZIP + packed, parts: new Map() };
  const hash = sha256(packed);
  const count = Math.ceil(packed.length / PARAMETER_BYTES_MAX);
  if (count > PARTS_MAX) return undefined;
  const slice = (i: number): string => packed.slice(i * PARAMETER_BYTES_MAX, (i + 1) * PARAMETER_BYTES_MAX);
  return {
    head: `parts:${count}:${hash}`,
    parts: new Map(Array.from({ length: count }, (_, i) => [`${hash}-${i + 1}`, slice(i)])),
  };
}

/** The names of the parts that a head value needs, in order; empty when it holds the document itself. */
export function partsOf(head: string): readonly string[] {
  const [, count = '0', hash = ''] = HEAD.exec(head) ?? [];
  const isSane = Number(count) <= PARTS_MAX;
  return isSane ? Array.from({ length: Number(count) }, (_, i) => `${hash}-${i + 1}`) : [];
}

/**
 * Reads what `encodeDocument` wrote, and nothing else: every fault is a sentence.
 *
 * @param parts values by part name, at least those of `partsOf(head)` that could be read
 */
export function decodeDocument(head: string, parts: ReadonlyMap<string, string>): DecodedDocument {
  if (head.startsWith(GZIP)) return unpack(head.slice(GZIP.length));
  if (!head.startsWith('parts:')) return parseJson(head);
  const names = partsOf(head);
  if (names.length === 0) return { unreadable: 'the list of its parts is malformed' };
  const missing = names.findIndex((name) => !parts.has(name));
  if (missing !== -1) return { unreadable: `part ${missing + 1} of ${names.length} is missing` };
  const packed = names.map((name) => parts.get(name)).join('');
  if (sha256(packed) !== HEAD.exec(head)?.[2]) {
    return { unreadable: `the integrity hash of its ${names.length} parts does not match` };
  }
  return unpack(packed);
}

function unpack(base64: string): DecodedDocument {
  let bytes: Buffer;
  try {
    bytes = gunzipSync(Buffer.from(base64, 'base64'), { maxOutputLength: DOCUMENT_BYTES_MAX });
  } catch (error) {
    const isLarge = error instanceof RangeError;
    return {
      unreadable: isLarge ? `it unpacks to more than ${DOCUMENT_BYTES_MAX} bytes` : 'its gzip data is damaged',
    };
  }
  return isUtf8(bytes) ? parseJson(bytes.toString('utf8')) : { unreadable: 'it does not hold UTF-8' };
}

function parseJson(text: string): DecodedDocument {
  try {
    const document: unknown = JSON.parse(text);
    return { document };
  } catch {
    return { unreadable: 'it does not hold JSON' };
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
