import { readdirSync, readFileSync } from 'node:fs';
import { join, parse as parsePath } from 'node:path';
import { parse } from 'yaml';
import { isRecord } from '../../functions/json/faults.ts';
import type { Json } from '../../functions/json/json.ts';
import { CONTAINER, OBJECT_META, POD_SPEC } from '../../functions/kubernetes/merge/merge-keys.ts';
import { type Rule, ruleOf } from '../../functions/kubernetes/merge/rule.ts';
import { keyOf } from '../../functions/kubernetes/merge/same-values.ts';
import { mergeMap } from '../../functions/kubernetes/merge/strategic-merge.ts';
import { applyStrictly } from './pods.ts';

/** The types that pairs are read as, with their rules. */
export const MERGE_TYPES: Readonly<Record<string, Rule>> = {
  PodSpec: POD_SPEC,
  Container: CONTAINER,
  ObjectMeta: OBJECT_META,
};

/** A part of a Pod and a patch that meets it, as test/fixtures/merge has them. */
export interface MergePair {
  readonly file: string;
  readonly type: string;
  /** Why the pair exists; unique within its file. */
  readonly name: string;
  readonly live: Json;
  readonly patch: Json;
  /** The order of lists counts, too. */
  readonly ordered?: boolean;
  /** Why ours is not what Kubernetes makes of it, and what ours is. */
  readonly differs?: string;
  readonly ours?: Json;
  /** The end of the sentence with which a template that says this is refused. */
  readonly refused?: string;
}

/** What Kubernetes makes of a pair. */
export type MergeGolden = { readonly result: unknown } | { readonly error: string };

const ROOT = join(import.meta.dirname, '..');

/** Every pair of test/fixtures/merge. */
export function readMergePairs(): MergePair[] {
  return readdirSync(join(ROOT, 'fixtures', 'merge')).flatMap((file) => {
    const text = readFileSync(join(ROOT, 'fixtures', 'merge', file), 'utf8');
    const { type, pairs }: { type: string; pairs: Omit<MergePair, 'file' | 'type'>[] } = parse(text);
    return pairs.map((pair) => ({ ...pair, type, file: parsePath(file).name }));
  });
}

/** The file in which Kubernetes' answers to the pairs of a fixture lie, by the pairs' names. */
export function mergeGoldenOf(file: string): string {
  return join(ROOT, 'golden', 'merge', `${file}.json`);
}

/** The answers that were frozen from the oracle; empty where there are none yet. */
export function readMergeGolden(file: string): Readonly<Record<string, MergeGolden>> {
  return JSON.parse(readFileSync(mergeGoldenOf(file), 'utf8'));
}

/** The operations of our merge, and what they make of the Pod's part. */
export function mergeOurs({ type, live, patch }: Pick<MergePair, 'type' | 'live' | 'patch'>): {
  readonly operations: ReturnType<typeof mergeMap>;
  readonly result: Json;
} {
  const operations = mergeMap(live, patch, MERGE_TYPES[type] ?? POD_SPEC, '', () => false);
  return { operations, result: applyStrictly(live, operations) };
}

/** A value with its keyed lists sorted by their keys: ours appends what is new, kubectl puts it in front. */
export function withoutOrder(value: unknown, rule: Rule | undefined): unknown {
  if (Array.isArray(value)) {
    if (rule?.kind !== 'list') return value;
    const sortKey = (element: unknown): string => keyOf(element, rule.key) ?? '';
    const sorted = value.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : sortKey(a) > sortKey(b) ? 1 : 0));
    return sorted.map((element) => withoutOrder(element, rule.element));
  }
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutOrder(inner, ruleOf(rule, key))]));
}
