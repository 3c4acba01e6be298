import { LabelParameterVersionCommand, PutParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTemplateCache, type TemplateCache } from '../../functions/template-store/cache/template-cache.ts';
import { createSsmStore } from '../../functions/template-store/ssm/ssm-store.ts';
import type { TemplateStore } from '../../functions/template-store/store.ts';
import type { StoreProblem } from '../../functions/template-store/store-problem.ts';
import { labelledVersionsContract } from '../contract/labelled-versions.ts';
import { ssmClientFor } from '../contract/ssm-harness.ts';
import { document } from '../contract/template-store.ts';
import { type SsmFake, type SsmTrouble, startSsmFake } from '../support/ssm-fake.ts';

const NAME = '/outrigger/f/templates/envoy';
const signal = (ms = 5_000): AbortSignal => AbortSignal.timeout(ms);

let fake: SsmFake;
let client: SSMClient;
let store: TemplateStore;

beforeEach(async () => {
  fake = await startSsmFake();
  client = ssmClientFor(fake.url);
  store = createSsmStore(client, 'f');
});
afterEach(() => fake.close());

const put = (Value: string, Name = NAME, more: Partial<PutParameterCommand['input']> = {}): Promise<unknown> =>
  client.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true, ...more }));
/** The record of the cluster that the cache is asked for. */
const register = (): Promise<unknown> => put('{}', '/outrigger/f/clusters/c');
const label = (ParameterVersion: number, name = 'stable'): Promise<unknown> =>
  client.send(new LabelParameterVersionCommand({ Name: NAME, ParameterVersion, Labels: [name] }));
const image = (tag: number): string => JSON.stringify(document('envoy', `lyft/envoy:${tag}`));

labelledVersionsContract('the fake', async () => client);

describe('createSsmStore', () => {
  test('a parameter without the label is not served', async () => {
    await put(image(1));
    expect(await store.listTemplates('stable', signal())).toEqual([]);
  });

  test('a SecureString is refused: templates hold no secrets', async () => {
    await put(image(1), NAME, { Type: 'SecureString' });
    await label(1);
    const unreadable = expect.stringContaining('SecureString');
    expect(await store.listTemplates('stable', signal())).toMatchObject([{ unreadable }]);
  });

  test('reads by path in pages of ten, and nothing else', async () => {
    for (let i = 0; i < 21; i++) {
      const name = `/outrigger/f/templates/t${i}`;
      await put(image(i), name);
      await client.send(new LabelParameterVersionCommand({ Name: name, Labels: ['stable'] }));
    }
    fake.calls.length = 0;
    expect(await store.listTemplates('stable', signal())).toHaveLength(21);
    expect(fake.calls).toEqual(['GetParametersByPath', 'GetParametersByPath', 'GetParametersByPath']);
  });

  test('deeper parameters and other fleets are not listed', async () => {
    await put(image(1), '/outrigger/f/templates/deeper/envoy');
    await put(image(1), '/outrigger/other/templates/envoy');
    expect(await store.listTemplates('stable', signal())).toEqual([]);
  });

  test.each<[string, SsmTrouble]>([
    ['throttled', { kind: 'error', type: 'ThrottlingException', status: 400 }],
    ['denied', { kind: 'error', type: 'AccessDeniedException', status: 400 }],
    ['failing', { kind: 'error', type: 'InternalServerError', status: 500 }],
    ['cutting connections', { kind: 'reset' }],
    ['talking garbage', { kind: 'garbage' }],
    ['never answering', { kind: 'hang' }],
  ])('a store that is %s rejects, for lists and records alike', async (_, problem) => {
    fake.trouble = problem;
    const wait = problem.kind === 'hang' ? 200 : 5_000;
    await expect(store.listTemplates('stable', signal(wait))).rejects.toThrow();
    await expect(store.getClusterRecord('c', signal(wait))).rejects.toThrow();
  });
});

describe('the cache before Parameter Store', () => {
  const open = (report: (t: StoreProblem) => void = () => {}): TemplateCache =>
    createTemplateCache(store, {
      ttlMs: 30_000,
      readMs: 500,
      serveStale: true,
      now: Date.now,
      random: () => 0,
      report,
    });

  test('100 concurrent cold requests read each path once', async () => {
    await register();
    await put(image(1));
    await label(1);
    fake.calls.length = 0;
    const cache = open();
    const states = await Promise.all(Array.from({ length: 100 }, () => cache.stateFor('c', 2_000)));
    expect(states.every((s) => s.templates.has('envoy'))).toBe(true);
    expect(fake.calls.toSorted()).toEqual(['GetParameter', 'GetParametersByPath']);
  });

  test('a parameter that is created anew is version 1 again, and served all the same', async () => {
    await register();
    const cache = createTemplateCache(store, {
      ttlMs: 0,
      readMs: 5_000,
      serveStale: false,
      now: Date.now,
      random: () => 0,
      report: () => {},
    });
    const served = async (): Promise<unknown> => {
      const template = (await cache.stateFor('c', 5_000)).templates.get('envoy');
      return [template?.version, template?.pod.containers[0]?.['image']];
    };
    await put(image(1));
    await label(1);
    expect(await served()).toEqual(['1', 'lyft/envoy:1']);
    fake.parameters.delete(NAME);
    await put(image(2));
    await label(1);
    expect(await served()).toEqual(['1', 'lyft/envoy:2']);
  });

  test('1,000 warm requests read nothing', async () => {
    await register();
    const cache = open();
    await cache.stateFor('c', 2_000);
    fake.calls.length = 0;
    for (let i = 0; i < 1_000; i++) await cache.stateFor('c', 2_000);
    expect(fake.calls).toEqual([]);
  });

  test('down when cold: a TemplateStoreError within the wait, reported by the error name alone', async () => {
    fake.trouble = { kind: 'hang' };
    const problems: StoreProblem[] = [];
    const started = Date.now();
    const state = open((t) => problems.push(t)).stateFor('c', 100);
    await expect(state).rejects.toMatchObject({ name: 'TemplateStoreError' });
    expect(Date.now() - started).toBeLessThan(1_000);
    await expect
      .poll(() => problems, { timeout: 3_000 })
      .toEqual(['stable', 'c'].map((name) => ({ what: 'store unreadable', name, why: expect.any(String) })));
  });
});

describe('the limits of the wire-level fake, which moto does not enforce', () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ['a standard value of 4,097 bytes', () => put('x'.repeat(4_097)), 'ValidationException'],
    [
      'an advanced value of 8,193 bytes',
      () => put('x'.repeat(8_193), NAME, { Tier: 'Advanced' }),
      'ValidationException',
    ],
    ['a value with {{', () => put('{"a":"{{b}}"}'), 'ValidationException'],
    ['an empty value', () => put(''), 'ValidationException'],
    ['a name with a space', () => put('x', '/outrigger/a b'), 'ValidationException'],
    ['a name that begins with aws', () => put('x', '/aws/x'), 'ValidationException'],
    ['sixteen levels', () => put('x', '/a'.repeat(16)), 'HierarchyLevelLimitExceededException'],
  ])('%s is refused', async (_, call, name) => {
    await expect(call()).rejects.toMatchObject({ name });
  });

  test('4,096 and 8,192 bytes are accepted', async () => {
    await expect(put('x'.repeat(4_096))).resolves.toMatchObject({ Version: 1 });
    await expect(put('x'.repeat(8_192), NAME, { Tier: 'Advanced' })).resolves.toMatchObject({ Version: 2 });
  });

  test('the 101st version drops the oldest, unless that one is labelled', async () => {
    for (let i = 0; i < 101; i++) await put(image(i));
    await label(2);
    await expect(put(image(101))).rejects.toMatchObject({ name: 'ParameterMaxVersionLimitExceeded' });
  });
});
