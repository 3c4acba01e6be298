import { describe, expect, test } from 'vitest';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { TemplateStoreError } from '../../functions/errors.ts';
import type { Snapshot } from '../../functions/template-store/cache/bundled-templates.ts';
import type { StoreProblem } from '../../functions/template-store/store-problem.ts';
import { createKnownClusters } from '../../functions/traffic/known-clusters.ts';

const RECORD = { issuer: 'https://issuer.test' };

test('a record that cannot be read any more is reported, and its last good version stays; one that is gone goes', async () => {
  const clock = { now: 0 };
  const problems: StoreProblem[] = [];
  let documents = new Map<string, unknown>([
    ['a', RECORD],
    ['b', RECORD],
  ]);
  const clusters = createKnownClusters(async () => documents, {
    ttlMs: 1_000,
    readMs: 1_000,
    serveStale: false,
    now: () => clock.now,
    random: () => 0.5,
    report: (problem) => problems.push(problem),
  });
  const names = async (): Promise<string[]> => {
    clock.now += 10_000;
    return (await clusters.records(1_000)).map(({ cluster }) => cluster);
  };
  expect(await names()).toEqual(['a', 'b']);
  documents = new Map<string, unknown>([
    ['a', undefined],
    ['b', RECORD],
    ['c', undefined],
  ]);
  expect(await names()).toEqual(['a', 'b']);
  expect(await names()).toEqual(['a', 'b']);
  expect(problems.map(({ what, name }) => [what, name])).toEqual([
    ['cluster record refused', 'a'],
    ['cluster record refused', 'c'],
  ]);
  documents = new Map([['a', RECORD]]);
  expect(await names()).toEqual(['a']);
});

describe('while the store has not been read', () => {
  const parsed = parseClusterRecord(RECORD);
  if (!parsed.valid) throw new Error('the record is not valid');
  const record = parsed.value;
  const opened = (snapshot?: Snapshot) =>
    createKnownClusters(async () => await Promise.reject(new Error('down')), {
      ttlMs: 1_000,
      readMs: 1_000,
      serveStale: false,
      now: () => 0,
      random: () => 0.5,
      report: () => undefined,
      ...(snapshot === undefined ? {} : { snapshot }),
    });
  const snapshotOf = (...clusters: readonly string[]): Snapshot => ({
    clusters,
    record: (cluster) => (cluster === 'gone' ? undefined : record),
    templates: () => undefined,
  });

  test('the records of the bundle serve', async () => {
    expect(await opened(snapshotOf('a', 'gone')).records(1_000)).toEqual([{ cluster: 'a', record }]);
  });

  test.each([
    ['without a bundle', undefined],
    ['with one that has no record', snapshotOf()],
    ['with one whose record cannot be read', snapshotOf('gone')],
  ])('there are none %s', async (_which, snapshot) => {
    await expect(opened(snapshot).records(1_000)).rejects.toThrow(TemplateStoreError);
  });
});
