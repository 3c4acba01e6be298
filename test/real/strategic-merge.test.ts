import { writeFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { isRecord } from '../../functions/faults.ts';
import { mergeGoldenOf, readMergeGolden, readMergePairs } from '../support/merge-pairs.ts';
import { askOracle, type OracleAnswer } from './support/merge-oracle.ts';
import { whyNotMergeOracle } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

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
});
