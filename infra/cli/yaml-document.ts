import type { Operation } from 'fast-json-patch';
import { type Document, isAlias, isMap, isNode, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import { isRecord } from '../../functions/faults.ts';
import { own } from '../../functions/template/check.ts';
import { UsageError } from './errors.ts';

/** One document of a YAML or JSON stream: its text as written, and its parsed form with comments. */
export interface YamlDocument {
  readonly text: string;
  readonly document: Document.Parsed;
}

/** Aliases may expand to this many nodes; manifests use a handful. */
const ALIASES_MAX = 1_000;

/** Splits a stream into documents. Throws UsageError with file, line and column where it is not YAML. */
export function readDocuments(text: string, file: string): readonly YamlDocument[] {
  const lines = new LineCounter();
  // Big integers stay exact, and `<<` is understood as kubectl does.
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, intAsBigInt: true, merge: true });
  const documents = 'empty' in parsed ? [] : parsed;
  for (const error of documents.flatMap((d) => d.errors)) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new UsageError(`${file}:${line}:${col}: ${error.message}`);
  }
  const starts = documents.map((document) => document.range[0]);
  return documents.map((document, i) => ({ text: text.slice(i === 0 ? 0 : starts[i], starts[i + 1]), document }));
}

/** The document's value; whole numbers that JavaScript can hold are numbers, larger ones stay bigint. */
export function documentValue(document: Document.Parsed): unknown {
  return plain(document.toJS({ maxAliasCount: ALIASES_MAX }));
}

/** JSON text of a value that may hold bigints. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) => (typeof v === 'bigint' ? rawJson(String(v)) : v), 4);
}

/** A `v1` List, or one of the typed lists that `kubectl get -o yaml` no longer writes but people keep. */
export function isList(value: unknown): boolean {
  const kind = isRecord(value) ? own(value, 'kind') : undefined;
  return typeof kind === 'string' && kind.endsWith('List') && isRecord(value) && own(value, 'apiVersion') !== undefined;
}

/**
 * Applies JSON Patch operations to a document in place, below `prefix`; comments and layout of all that is not touched
 * stay. Where the way leads through an alias or a merge key, that document is written out plainly first.
 */
export function patchDocument(
  document: Document.Parsed,
  prefix: readonly (string | number)[],
  operations: readonly Operation[],
): void {
  for (const operation of operations) {
    if (operation.op !== 'add' && operation.op !== 'replace')
      throw new TypeError(`unexpected operation ${operation.op}`);
    const pointer = operation.path
      .split('/')
      .slice(1)
      .map((s) => s.replaceAll('~1', '/').replaceAll('~0', '~'));
    const path = [...prefix, ...pointer.slice(0, -1)];
    const parent = nodeAt(document, path) ?? nodeAt(withoutAliases(document), path);
    const key = pointer.at(-1) ?? '';
    const node = document.createNode(operation.value);
    if (isSeq(parent)) {
      const index = key === '-' ? parent.items.length : Number(key);
      parent.items.splice(index, operation.op === 'replace' ? 1 : 0, node);
    } else if (isMap(parent)) {
      parent.set(key, node);
    } else {
      throw new TypeError(`no map or list at ${path.join('.')}`);
    }
  }
}

/** The node at a path; undefined when an alias stands in the way or it is not there. */
function nodeAt(document: Document.Parsed, path: readonly (string | number)[]): unknown {
  let node: unknown = document.contents;
  for (const key of path) {
    if (isMap(node)) node = node.get(key, true);
    else if (isSeq(node)) node = node.get(Number(key), true);
    else return undefined;
  }
  return isNode(node) && !isAlias(node) ? node : undefined;
}

function withoutAliases(document: Document.Parsed): Document.Parsed {
  const contents = document.createNode(document.toJS({ maxAliasCount: ALIASES_MAX }));
  return Object.assign(document, { contents });
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(plain);
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
  return value;
}

/** JSON.rawJSON (Node 22 on) is not yet in TypeScript's library of this target. */
function rawJson(text: string): unknown {
  const make: unknown = Reflect.get(JSON, 'rawJSON');
  return typeof make === 'function' ? make(text) : Number(text);
}
