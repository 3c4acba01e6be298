import { LabelParameterVersionCommand } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TemplatePublisher } from '../../functions/template-store/publisher.ts';
import { createSsmPublisher } from '../../functions/template-store/ssm/ssm-publisher.ts';
import { ssmClientFor } from '../contract/ssm-harness.ts';
import { templatePublisherContract } from '../contract/template-publisher.ts';
import { document, largeDocument } from '../contract/template-store.ts';
import { type SsmFake, startSsmFake } from '../support/ssm-fake.ts';

const NAME = '/outrigger/f/templates/envoy';

let fake: SsmFake;
let publisher: TemplatePublisher;

beforeEach(async () => {
  fake = await startSsmFake();
  publisher = createSsmPublisher(ssmClientFor(fake.url), 'f', Date.now);
});
afterEach(() => fake.close());

const contractFake = await startSsmFake();
templatePublisherContract('wire-level fake', async () => ssmClientFor(contractFake.url));

const writes = (): string[] => fake.calls.filter((call) => !call.startsWith('Get'));

describe('createSsmPublisher', () => {
  test('writes the parts first, the head last and then the label', async () => {
    await publisher.publish('envoy', largeDocument('envoy', 6_000));
    expect(fake.calls).toEqual([
      'GetParameterHistory',
      'PutParameter',
      'PutParameter',
      'PutParameter',
      'LabelParameterVersion',
    ]);
    expect(fake.parameters.get(NAME).Value).toMatch(/^parts:2:/);
  });

  test('a publication that ended before its label is mended by the next', async () => {
    fake.parameters.put(NAME, JSON.stringify(document('envoy')), 'String', 'Standard', false);
    expect(await publisher.publish('envoy', document('envoy'))).toMatchObject({ isNew: false, channels: ['stable'] });
  });

  test('what is too large is refused before anything is called', async () => {
    await expect(publisher.publish('envoy', largeDocument('envoy', 80_000))).rejects.toThrow(
      'template envoy is too large: compressed and in base64 it may have 64 KB',
    );
    expect(fake.calls).toEqual([]);
  });

  test('a hundred versions give way to the next, unless the oldest serves a channel', async () => {
    for (let i = 1; i <= 100; i++) await publisher.publish('envoy', document('envoy', `a:${i}`));
    fake.calls.length = 0;
    await expect(publisher.publish('envoy', document('envoy', 'a:101'))).rejects.toThrow(
      `${NAME}: version 1, the oldest of 100, serves stable and cannot give way to a new one; promote a newer version first`,
    );
    expect(writes()).toEqual([]);
    // The way back that `promote` leaves on version 1 is no reason to refuse.
    await publisher.promote('envoy', 'stable');
    expect(await publisher.publish('envoy', document('envoy', 'a:101'))).toMatchObject({ version: 101 });
    await expect(publisher.rollback('envoy', 'stable')).rejects.toThrow('name one with --to');
    expect((await publisher.history('envoy')).at(0)).toMatchObject({ version: 101, user: expect.any(String) });
  });

  test('an eleventh label is refused before it is called', async () => {
    await publisher.publish('envoy', document('envoy'));
    const Labels = Array.from({ length: 9 }, (_, i) => `channel-${i}`);
    await ssmClientFor(fake.url).send(new LabelParameterVersionCommand({ Name: NAME, ParameterVersion: 1, Labels }));
    fake.calls.length = 0;
    await expect(publisher.promote('envoy', 'canary')).rejects.toThrow('version 1 of envoy carries 10 labels');
    expect(writes()).toEqual([]);
  });

  test('prune deletes ten parts at a time', async () => {
    for (const seed of ['a', 'b']) await publisher.publish(seed, largeDocument(seed, 24_000, seed));
    for (const seed of ['a', 'b']) fake.parameters.delete(`/outrigger/f/templates/${seed}`);
    const later = createSsmPublisher(ssmClientFor(fake.url), 'f', () => Date.now() + 7_200_000);
    fake.calls.length = 0;
    expect(await later.prune(false)).toHaveLength(12);
    expect(writes()).toEqual(['DeleteParameters', 'DeleteParameters']);
  });
});
