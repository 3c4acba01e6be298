import { DeleteParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeDocument } from '../../functions/template-store/codec.ts';
import type { TemplatePublisher } from '../../functions/template-store/publisher.ts';
import { createSsmPublisher } from '../../functions/template-store/ssm/ssm-publisher.ts';
import { createSsmStore } from '../../functions/template-store/ssm/ssm-store.ts';
import type { TemplateStore } from '../../functions/template-store/store.ts';
import { ssmHarness } from './ssm-harness.ts';
import { document, largeDocument } from './template-store.ts';

const FLEET = 'publisher-contract';
const HOURS_2 = 2 * 60 * 60 * 1_000;

/** What publishing does in any Parameter Store, seen through the publisher and through what functions read. */
export function templatePublisherContract(title: string, open: () => Promise<SSMClient>): void {
  describe(`template publisher: ${title}`, () => {
    let client: SSMClient;
    let publisher: TemplatePublisher;
    let store: TemplateStore;
    const served = async (channel = 'stable'): Promise<unknown> => {
      const [stored] = await store.listTemplates(channel, AbortSignal.timeout(10_000));
      return stored && 'document' in stored ? stored.document : stored;
    };
    const channels = async (): Promise<unknown> => Object.fromEntries((await publisher.list())[0]?.channels ?? []);

    beforeAll(async () => {
      client = await open();
    });
    beforeEach(async () => {
      publisher = createSsmPublisher(client, FLEET, Date.now);
      store = createSsmStore(client, FLEET);
      await ssmHarness(client, FLEET).clear();
    });

    test('the very first version serves stable, the next ones nobody', async () => {
      const first = await publisher.publish('envoy', document('envoy', 'a:1'));
      expect(first).toEqual({ version: 1, isNew: true, channels: ['stable'] });
      const second = await publisher.publish('envoy', document('envoy', 'a:2'));
      expect(second).toEqual({ version: 2, isNew: true, channels: [] });
      expect(await publisher.get('envoy', 'stable')).toMatchObject({ document: document('envoy', 'a:1') });
    });

    test('publishing the same again writes no version', async () => {
      await publisher.publish('envoy', document('envoy'));
      const again = await publisher.publish('envoy', document('envoy'));
      expect(again).toEqual({ version: 1, isNew: false, channels: ['stable'] });
      expect(await publisher.history('envoy')).toHaveLength(1);
    });

    // On a labelled version in between moto's ByPath filter differs from AWS's: see ssm-store.test.ts.
    test('promote moves a channel to the newest version, rollback leads back, and forth again', async () => {
      await publisher.publish('envoy', document('envoy', 'a:1'));
      await publisher.publish('envoy', document('envoy', 'a:2'));
      expect(await publisher.promote('envoy', 'stable')).toEqual({ from: 1, to: 2 });
      expect(await served()).toEqual(document('envoy', 'a:2'));
      expect(await publisher.promote('envoy', 'stable')).toEqual({ from: 2, to: 2 });
      expect(await publisher.rollback('envoy', 'stable')).toEqual({ from: 2, to: 1 });
      expect(await channels()).toEqual({ stable: 1 });
      expect(await publisher.rollback('envoy', 'stable')).toEqual({ from: 1, to: 2 });
      expect(await channels()).toEqual({ stable: 2 });
    });

    test('channels move apart from each other, to any version', async () => {
      for (const tag of [1, 2, 3]) await publisher.publish('envoy', document('envoy', `a:${tag}`));
      expect(await publisher.promote('envoy', 'canary')).toEqual({ from: undefined, to: 3 });
      expect(await publisher.promote('envoy', 'stable', 2)).toEqual({ from: 1, to: 2 });
      expect(await publisher.rollback('envoy', 'canary', 1)).toEqual({ from: 3, to: 1 });
      expect(await publisher.history('envoy')).toMatchObject([
        { version: 3, channels: [], previousOf: ['canary'] },
        { version: 2, channels: ['stable'], previousOf: [] },
        { version: 1, channels: ['canary'], previousOf: ['stable'] },
      ]);
    });

    test('get reads the newest version, a number or a channel', async () => {
      for (const tag of [1, 2]) await publisher.publish('envoy', document('envoy', `a:${tag}`));
      expect(await publisher.get('envoy')).toMatchObject({ version: 2, document: document('envoy', 'a:2') });
      expect(await publisher.get('envoy', '1')).toMatchObject({ version: 1, document: document('envoy', 'a:1') });
      expect(await publisher.get('envoy', 'stable')).toMatchObject({ version: 1, channels: ['stable'] });
    });

    test('a template of 24 KB is published, served and rolled back', async () => {
      await publisher.publish('mesh', largeDocument('mesh', 24_000, 'a'));
      await publisher.publish('mesh', largeDocument('mesh', 24_000, 'b'));
      await publisher.promote('mesh', 'stable');
      expect(await served()).toEqual(largeDocument('mesh', 24_000, 'b'));
      await publisher.rollback('mesh', 'stable');
      expect(await publisher.get('mesh', 'stable')).toMatchObject({ document: largeDocument('mesh', 24_000, 'a') });
    });

    test('half a template is never promoted; publishing it again mends it', async () => {
      await publisher.publish('mesh', document('mesh'));
      const large = largeDocument('mesh', 24_000);
      await publisher.publish('mesh', large);
      const [, lost] = encodeDocument(large)?.parts.keys() ?? [];
      await client.send(new DeleteParameterCommand({ Name: `/outrigger/${FLEET}/parts/${lost}` }));
      const fresh = createSsmPublisher(client, FLEET, Date.now);
      await expect(fresh.promote('mesh', 'stable')).rejects.toThrow(/version 2 of mesh cannot be served: part 2 of 6/);
      expect(await fresh.publish('mesh', large)).toMatchObject({ version: 2, isNew: false });
      expect(await fresh.promote('mesh', 'stable')).toEqual({ from: 1, to: 2 });
    });

    test('prune removes old parts that no version names, and nothing else', async () => {
      await publisher.publish('mesh', largeDocument('mesh', 24_000, 'kept'));
      await publisher.publish('gone', largeDocument('gone', 24_000, 'dead'));
      await client.send(new DeleteParameterCommand({ Name: `/outrigger/${FLEET}/templates/gone` }));
      const dead = [...(encodeDocument(largeDocument('gone', 24_000, 'dead'))?.parts.keys() ?? [])];
      expect(await publisher.prune(false)).toEqual([]);
      const later = createSsmPublisher(client, FLEET, () => Date.now() + HOURS_2);
      expect(await later.prune(true)).toEqual(dead);
      expect(await later.prune(false)).toEqual(dead);
      expect(await later.prune(false)).toEqual([]);
      expect(await served()).toEqual(largeDocument('mesh', 24_000, 'kept'));
    });

    test.each<[string, () => Promise<unknown>, RegExp]>([
      ['a template that is not there', () => publisher.get('none'), /there is no template none in fleet/],
      ['a version that is not there', () => publisher.get('envoy', '9'), /no version or channel 9/],
      ['promoting one', () => publisher.promote('envoy', 'stable', 9), /has no version 9; see its history/],
      ['rolling back to one', () => publisher.rollback('envoy', 'stable', 9), /has no version 9; see its history/],
      ['rolling back what never moved', () => publisher.rollback('envoy', 'stable'), /has not moved yet/],
      ['a channel in no grammar', () => publisher.promote('envoy', '1st'), /"1st" is no channel: 1 to 100 letters/],
      ['a channel of AWS', () => publisher.promote('envoy', 'aws-x'), /must not begin with aws or ssm/],
      ['a channel that is a memory', () => publisher.promote('envoy', 'a.previous'), /kept for rollbacks/],
      ['a channel too long for its memory', () => publisher.promote('envoy', 'a'.repeat(95)), /is no channel/],
      ['a name in no grammar', () => publisher.publish('a/b', {}), /"a\/b" is no template name/],
    ])('%s is a sentence', async (_, call, message) => {
      await publisher.publish('envoy', document('envoy'));
      await expect(call()).rejects.toThrow(expect.objectContaining({ name: 'PublishError' }));
      await expect(call()).rejects.toThrow(message);
    });
  });
}
