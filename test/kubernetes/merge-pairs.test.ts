import { readdirSync } from 'node:fs';
import { dirname, parse } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Check } from '../../functions/json/check.ts';
import { isRecord } from '../../functions/json/faults.ts';
import { checkMerge, checkSpecMerge } from '../../functions/template/parse/check-merge.ts';
import {
  MERGE_TYPES,
  type MergePair,
  mergeGoldenOf,
  mergeOurs,
  readMergeGolden,
  readMergePairs,
  withoutOrder,
} from '../support/merge-pairs.ts';
import { applyStrictly } from '../support/pods.ts';

// What Kubernetes makes of each pair was frozen from k8s.io/apimachinery by `npm run golden:merge`, which needs Go;
// test/real/strategic-merge.test.ts asks again. A pair that `differs` names the reason and what ours is.
const PAIRS = readMergePairs();
const FILES = [...new Set(PAIRS.map((pair) => pair.file))];
const GOLDEN = new Map(FILES.map((file) => [file, readMergeGolden(file)]));

function faultsOf({ type, patch }: MergePair): readonly string[] {
  const check = new Check();
  const rule = MERGE_TYPES[type];
  if (rule === undefined) throw new Error(`no rule for ${type}`);
  if (type === 'PodSpec') checkSpecMerge(check, patch, rule, 'pod.spec');
  else checkMerge(check, patch, rule, type);
  return check.faults.map((fault) => `${fault.path} ${fault.message}`);
}

/** What a template may say and merges into the Pod as ours; `live` volumes and all. */
const MERGED = PAIRS.filter((pair) => pair.refused === undefined);
const title = ({ file, name }: MergePair): string => `${file}: ${name}`;

test('there are enough pairs, each with a name of its own', () => {
  expect(PAIRS.length).toBeGreaterThanOrEqual(200);
  expect(new Set(PAIRS.map(title)).size).toBe(PAIRS.length);
});

describe('merged as Kubernetes does it, or as the pair says and why', () => {
  test.each(MERGED.map((pair) => [title(pair), pair] as const))('%s', (_title, pair) => {
    const rule = MERGE_TYPES[pair.type];
    const golden = GOLDEN.get(pair.file)?.[pair.name];
    if (golden === undefined) throw new Error(`no golden of ${pair.name}: run npm run golden:merge`);
    const comparable = (value: unknown): unknown => (pair.ordered ? value : withoutOrder(value, rule));
    const { operations, result } = mergeOurs(pair);
    const theirs = 'result' in golden ? comparable(golden.result) : golden;
    if (pair.differs === undefined) {
      expect(comparable(result)).toEqual(theirs);
    } else {
      expect(result).toEqual(pair.ours);
      expect(comparable(result), 'does not differ any more').not.toEqual(theirs);
    }
    expect(mergeOurs({ ...pair, live: result }).operations, 'a second merge').toEqual([]);
    expect(JSON.stringify(operations), 'a directive in an operation').not.toMatch(/"\$(patch|retainKeys|setEl|delete)/);
    expect(applyStrictly(pair.live, operations)).toEqual(result);
  });
});

describe('a template may say it', () => {
  // Volumes are merged into by the engine alone: a template's volume never changes one of the Pod.
  test.each(MERGED.map((pair) => [title(pair), pair] as const))('%s', (_title, pair) => {
    expect(faultsOf(pair)).toEqual([]);
  });
});

describe('refused, with the reason', () => {
  const refused = PAIRS.filter((pair) => pair.refused !== undefined);
  test.each(refused.map((pair) => [title(pair), pair] as const))('%s', (_title, pair) => {
    const faults = faultsOf(pair);
    expect(faults).toHaveLength(1);
    expect(faults[0]?.endsWith(pair.refused ?? '')).toBe(true);
  });
});

test('every golden has its pair, and every pair its golden', () => {
  const folder = dirname(mergeGoldenOf('x'));
  expect(readdirSync(folder).map((file) => parse(file).name)).toEqual(FILES);
  for (const file of FILES) {
    const golden: unknown = GOLDEN.get(file);
    const names = PAIRS.filter((pair) => pair.file === file).map((pair) => pair.name);
    expect(isRecord(golden) ? Object.keys(golden).sort() : golden).toEqual(names.sort());
  }
});
