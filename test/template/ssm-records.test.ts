import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSsmRecords } from '../../functions/template/ssm-records.ts';
import { ssmClientFor, ssmHarness } from '../contract/ssm-harness.ts';
import { type SsmFake, startSsmFake } from '../support/ssm-fake.ts';

let fake: SsmFake;
let read: () => Promise<ReadonlyMap<string, unknown>>;

beforeEach(async () => {
  fake = await startSsmFake();
  const records = createSsmRecords(ssmClientFor(fake.url), 'f');
  read = async () => {
    fake.calls.length = 0;
    return await records(AbortSignal.timeout(20_000));
  };
});
afterEach(() => fake.close());

/** Records `c-00`… of the fleet, and one of another fleet. */
async function fill(count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, i) => `c-${String(i).padStart(2, '0')}`);
  const { putClusterRecord } = ssmHarness(ssmClientFor(fake.url), 'f');
  for (const name of names) await putClusterRecord(name, { issuer: `https://${name}.test` });
  await ssmHarness(ssmClientFor(fake.url), 'g').putClusterRecord('other', {});
  return names;
}

test.each([
  [0, 1],
  [1, 1],
  [10, 1],
  [11, 2],
  [25, 3],
])('%i records come in %i pages, each under its name', async (count, pages) => {
  const names = await fill(count);
  const records = await read();
  expect([...records.keys()].toSorted()).toEqual(names);
  for (const name of names) expect(records.get(name)).toEqual({ issuer: `https://${name}.test` });
  expect(fake.calls).toEqual(Array.from({ length: pages }, () => 'GetParametersByPath'));
});

test('a record that is no document is left out, and keeps nobody from the others', async () => {
  const names = await fill(11);
  const broken = { Name: '/outrigger/f/clusters/c-99', Value: '{"issuer": ', Type: 'String' } as const;
  await ssmClientFor(fake.url).send(new PutParameterCommand(broken));
  expect([...(await read()).keys()].toSorted()).toEqual(names);
});

test('a page that fails fails all: fewer records would lock proxies out', async () => {
  await fill(11);
  fake.troubleFor = (input) =>
    JSON.stringify(input).includes('NextToken')
      ? { kind: 'error', type: 'InternalServerError', status: 500 }
      : undefined;
  await expect(read()).rejects.toThrow();
});

test.each([true, false])('pages without end are an error (the same token again: %s)', async (repeats) => {
  fake.trouble = { kind: 'endless', repeats };
  await expect(read()).rejects.toThrow(repeats ? /NextToken twice/ : /more than 100 pages/);
  expect(fake.calls.length).toBeLessThanOrEqual(100);
});
