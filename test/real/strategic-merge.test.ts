import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { Check } from '../../functions/json/check.ts';
import { isRecord } from '../../functions/json/faults.ts';
import { POD_SPEC } from '../../functions/kubernetes/merge/merge-keys.ts';
import { checkSpecMerge } from '../../functions/template/parse/check-merge.ts';
import { anyMergePair } from '../support/merge-arbitraries.ts';
import { mergeGoldenOf, mergeOurs, readMergeGolden, readMergePairs, withoutOrder } from '../support/merge-pairs.ts';
import { at } from '../support/values.ts';
import { askOracle, type OracleAnswer } from './support/merge-oracle.ts';
import { whyNotMergeOracle } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

const NO_ELEMENTS = 'no elements in any of the given slices';
const UPDATE = process.env['UPDATE_GOLDEN'] === '1';
const PAIRS = readMergePairs();
const FILES = [...new Set(PAIRS.map((pair) => pair.file))];

await describeReal("the strategic merge against Kubernetes' own", whyNotMergeOracle, () => {
  const answers = new Map<string, Record<string, OracleAnswer>>();
  beforeAll(async () => {
    for (const file of FILES) {
      const pairs = PAIRS.filter((pair) => pair.file === file);
      const said = await askOracle(pairs);
      answers.set(file, Object.fromEntries(pairs.map(({ name }, i) => [name, said[i] ?? { error: 'no answer' }])));
    }
  });

  test.each(FILES)('the goldens of %s are what k8s.io/apimachinery says', (file) => {
    const now = Object.entries(answers.get(file) ?? {});
    const lines = now.map(([name, answer]) => `  ${JSON.stringify(name)}: ${JSON.stringify(answer)}`);
    if (UPDATE) writeFileSync(mergeGoldenOf(file), `{\n${lines.join(',\n')}\n}\n`);
    // The words of an error hold Go's addresses and the order of its maps; that it is one is what counts.
    const plain = (entries: [string, unknown][]): unknown =>
      Object.fromEntries(entries.map(([name, said]) => [name, isRecord(said) && 'error' in said ? 'error' : said]));
    expect(plain(now)).toEqual(plain(Object.entries(readMergeGolden(file))));
  });

  // Seeded by the clock; a failing pair is printed whole, and is a fixture to be written.
  test('20,000 random pairs come out alike, but for the order of lists that no directive orders', async () => {
    const pairs = fc.sample(anyMergePair, 20_000).map((pair) => ({ ...pair, type: 'PodSpec' }));
    const said = await askOracle(pairs);
    for (const [i, pair] of pairs.entries()) {
      const check = new Check();
      checkSpecMerge(check, pair.patch, POD_SPEC, 'pod.spec');
      expect(check.faults, JSON.stringify(pair)).toEqual([]);
      const { result } = mergeOurs(pair);
      const answer = said[i];
      // An order of a list that is empty on both sides makes kubectl fail (a fixture of order.yaml).
      if (answer !== undefined && 'error' in answer && answer.error === NO_ELEMENTS) continue;
      const theirs = answer !== undefined && 'result' in answer ? answer.result : answer;
      expect(comparable(result), JSON.stringify(pair)).toEqual(comparable(theirs));
      for (const list of orderedLists(pair.patch)) {
        expect(at(bare(result), list), JSON.stringify(pair)).toEqual(at(bare(theirs), list));
      }
      expect(mergeOurs({ ...pair, live: result }).operations, JSON.stringify(pair)).toEqual([]);
    }
  });
});

function comparable(value: unknown): unknown {
  return bare(withoutOrder(bare(value), POD_SPEC));
}

/** The lists whose order counts. */
function orderedLists(patch: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(patch).flatMap((key) => (key.startsWith('$setElementOrder/') ? [key.slice(17)] : []));
}

/** Without what kubectl leaves behind: directives and nulls of new elements (traps 2 and 11), empty maps and lists. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (!isRecord(value)) return value;
  const fields = Object.entries(value).map(([key, inner]) => [key, bare(inner)] as const);
  return Object.fromEntries(fields.filter(([key, inner]) => !key.startsWith('$') && !isVoid(inner)));
}

function isVoid(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}
