import type { Operation } from 'fast-json-patch';
import { documentValue, printDocument, toJson, type YamlDocument } from '../yaml-document.ts';

/** What became of one document. */
export interface Result {
  readonly source: YamlDocument;
  /** The operations on the whole document. */
  readonly operations: readonly Operation[];
  readonly notes: readonly string[];
  readonly errors: readonly string[];
}

/** A document, and whether a file begins with it. */
export type Printed = Result & { readonly isFirst: boolean };

/** All documents in one format: text as it was where nothing changed, one JSON object or List, or a patch per line. */
export function printInjected(results: readonly Printed[], output: 'yaml' | 'json' | 'patch'): string {
  if (output === 'yaml') return joinYaml(results);
  const filled = results.filter((r) => r.source.value !== null);
  if (output === 'patch') return filled.map((r) => `${JSON.stringify(r.operations)}\n`).join('');
  const values = filled.map((r) => documentValue(r.source.document));
  return `${toJson(values.length === 1 ? values[0] : { apiVersion: 'v1', kind: 'List', items: values })}\n`;
}

/** Untouched documents keep their very text; touched ones keep their comments. */
function joinYaml(results: readonly Printed[]): string {
  return results
    .map(({ source, operations, isFirst }, i) => {
      const text = operations.length === 0 ? source.text : printDocument(source);
      const separator = i > 0 && isFirst && !beginsDocument(text) ? '---\n' : '';
      return `${separator}${text}${text.endsWith('\n') ? '' : '\n'}`;
    })
    .join('');
}

/** Whether a text opens with `---`, perhaps after comments: then it needs no separator before it. */
function beginsDocument(text: string): boolean {
  const first = text.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#'));
  return first?.startsWith('---') === true;
}
