import { type Document, LineCounter, parseAllDocuments, visit } from 'yaml';
import { own } from '../../functions/json/check.ts';
import { isRecord } from '../../functions/json/faults.ts';
import { KUBECTL_YAML, settleDuplicateKeys, sourceOf, Verbatim } from '../../functions/kubernetes/kubectl-yaml.ts';
import { UsageError } from './errors.ts';

/** One document of a YAML or JSON stream: its text as written, its parsed form with comments, and its value. */
export interface YamlDocument {
  readonly text: string;
  readonly document: Document.Parsed;
  /** Whole numbers that JavaScript can hold are numbers, larger ones bigint; null for a document without content. */
  readonly value: unknown;
}

/** Of a key that is there twice, so much is shown. */
const KEY_CHARACTERS_MAX = 63;
/** Aliases may expand to this many nodes; manifests use a handful. */
export const ALIASES_MAX = 1_000;

/**
 * Splits a stream into documents. A key that is there twice is a warning on standard error; the last counts. Throws
 * UsageError with file, line and column where it is not YAML.
 */
export function readDocuments(text: string, file: string): readonly YamlDocument[] {
  const lines = new LineCounter();
  // Big integers stay exact.
  const options = { ...KUBECTL_YAML, lineCounter: lines, prettyErrors: false, intAsBigInt: true };
  const parsed = parseAllDocuments(text, options);
  const documents = 'empty' in parsed ? [] : parsed;
  for (const error of documents.flatMap((d) => d.errors)) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new UsageError(`${file}:${line}:${col}: ${error.message}`);
  }
  for (const { key, line, column } of documents.flatMap((document) => settleDuplicateKeys(document, lines))) {
    const name = JSON.stringify(key.slice(0, KEY_CHARACTERS_MAX));
    process.stderr.write(`warning: ${file}:${line}:${column}: the key ${name} is there twice; this one counts\n`);
  }
  const starts = documents.map((document) => document.range[0]);
  return documents.map((document, i) => {
    const slice = text.slice(i === 0 ? 0 : starts[i], starts[i + 1]);
    try {
      return { text: slice, document, value: documentValue(document) };
    } catch (error) {
      // An unknown anchor, or aliases that multiply without end.
      throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
}

/** The document's present value, patches included. */
export function documentValue(document: Document.Parsed): unknown {
  return plain(document.toJS({ maxAliasCount: ALIASES_MAX }));
}

/**
 * The text of a document that was changed: numbers and booleans as they were written (`0400` stays octal), lists indented
 * as they were. The document can only be printed afterwards.
 */
export function printDocument({ document, text }: YamlDocument): string {
  visit(document, {
    Scalar: (_key, node) => {
      const source = sourceOf(node);
      if (source !== undefined) node.value = new Verbatim(source);
    },
  });
  return document.toString({
    lineWidth: 0,
    indentSeq: !/^( *)[^ \n#-][^\n]*:\n\1- /m.test(text),
    flowCollectionPadding: !/[{[][^\s{[\]}"']/.test(text),
  });
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
