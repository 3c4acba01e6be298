import type { Operation } from 'fast-json-patch';
import { type Document, isAlias, isMap, isNode, isSeq, visit, type YAMLMap, type YAMLSeq } from 'yaml';
import { ALIASES_MAX } from '../yaml-document.ts';

/**
 * Applies JSON Patch operations to a document in place, below `prefix`; comments and layout of all that is not touched
 * stay. Aliases of a document that changes are written out first: what they stand for elsewhere must not change.
 */
export function patchDocument(
  document: Document.Parsed,
  prefix: readonly (string | number)[],
  operations: readonly Operation[],
): void {
  if (operations.length > 0) writeAliasesOut(document);
  for (const operation of operations) patchOnce(document, prefix, operation);
}

function patchOnce(document: Document.Parsed, prefix: readonly (string | number)[], operation: Operation): void {
  const pointer = stepsOf(operation.path);
  const parent = parentOf(document, prefix, pointer);
  const key = pointer.at(-1) ?? '';
  switch (operation.op) {
    case 'move':
      if (isSeq(parent)) parent.items.splice(Number(key), 0, ...parent.items.splice(lastOf(operation.from), 1));
      return;
    case 'remove': {
      // A field that comes from a merge key is not in the map itself.
      const holds = isSeq(parent) || parent.has(key);
      remove(holds ? parent : parentOf(withoutMergeKeys(document), prefix, pointer), key);
      return;
    }
    case 'add':
    case 'replace':
      // A value that stands in two operations would become an anchor and an alias.
      put(parent, key, document.createNode(operation.value, { aliasDuplicateObjects: false }), operation.op);
      return;
    default:
      throw new TypeError(`unexpected operation ${operation.op}`);
  }
}

function remove(owner: YAMLMap | YAMLSeq, key: string): void {
  if (isSeq(owner)) owner.items.splice(Number(key), 1);
  else owner.delete(key);
}

function put(owner: YAMLMap | YAMLSeq, key: string, node: unknown, op: 'add' | 'replace'): void {
  if (isMap(owner)) owner.set(key, node);
  else owner.items.splice(key === '-' ? owner.items.length : Number(key), op === 'replace' ? 1 : 0, node);
}

function stepsOf(pointer: string): string[] {
  const steps = pointer.split('/').slice(1);
  return steps.map((s) => s.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function lastOf(pointer: string): number {
  return Number(stepsOf(pointer).at(-1));
}

/** The map or list that holds what a pointer names. */
function parentOf(
  document: Document.Parsed,
  prefix: readonly (string | number)[],
  pointer: readonly string[],
): YAMLMap | YAMLSeq {
  const path = [...prefix, ...pointer.slice(0, -1)];
  const parent = nodeAt(document, path) ?? nodeAt(withoutMergeKeys(document), path);
  if (!isSeq(parent) && !isMap(parent)) throw new TypeError(`no map or list at ${path.join('.')}`);
  return parent;
}

/** Puts a copy of what each alias stands for in its place; `documentValue` has bounded how many there can be. */
function writeAliasesOut(document: Document.Parsed): void {
  visit(document, {
    Alias: (_key, alias) => {
      const copy = alias.resolve(document)?.clone();
      return isNode(copy) ? copy : undefined;
    },
  });
  visit(document, {
    Value: (_key, node) => {
      if (!isAlias(node)) delete node.anchor;
    },
  });
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

/** A document whose way leads through a merge key is written out plainly; its comments are lost. */
function withoutMergeKeys(document: Document.Parsed): Document.Parsed {
  const contents = document.createNode(document.toJS({ maxAliasCount: ALIASES_MAX }), { aliasDuplicateObjects: false });
  return Object.assign(document, { contents });
}
