import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { perMillion, pollsPerSecond, pollTable } from '../support/cost-table.ts';

const FILE = join(import.meta.dirname, '..', '..', 'docs', 'cost.md');
const TABLE = /(<!-- polls: [^>]*-->\n)([^<]*)(<!-- \/polls -->)/;

test('the table of polls is what its formulas say', () => {
  const text = readFileSync(FILE, 'utf8');
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(
      FILE,
      text.replace(TABLE, (_, begin, __, end) => `${begin}\n${pollTable()}\n${end}`),
    );
  }
  expect(TABLE.exec(readFileSync(FILE, 'utf8'))?.[2]?.trim()).toBe(pollTable().trim());
});

test('the worked examples say the same', () => {
  const text = readFileSync(FILE, 'utf8');
  const { functionUrl, httpApi, restApi } = perMillion();
  expect(text).toContain(`= ${functionUrl.toFixed(2)} a million`);
  expect(text).toContain(`= ${httpApi.toFixed(2)} a million`);
  expect(text).toContain(`= ${restApi.toFixed(2)} a million`);
  // The flood: 2,000 a second for a day.
  const requests = 2_000 * 86_400;
  expect(text).toContain(`= ${Math.floor((requests / 1_000_000) * httpApi)} dollars`);
});

test('1,000 proxies at a refresh of 5 s are the 180 polls a second that serverless.yml reckons with', () => {
  expect(1_000 * pollsPerSecond(5)).toBeCloseTo(177.8, 1);
});
