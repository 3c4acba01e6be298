import { LabelParameterVersionCommand, PutParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { beforeEach, describe, expect, test } from 'vitest';
import { createSsmStore } from '../../functions/template-store/ssm/ssm-store.ts';
import { document } from './template-store.ts';

const FLEET = 'labelled';
const signal = (): AbortSignal => AbortSignal.timeout(10_000);

/**
 * What serving an older version rests on: GetParametersByPath with a filter on a label answers the version that carries
 * it. AWS documents that ("Working with parameter labels": a label filter finds specific versions), and it was NOT seen on
 * AWS: this runs on a fake of our own and on moto with its filter replaced (test/real/aws/labelled_versions.py). The
 * calls, their order and their pages are those of the real SDK.
 */
export function labelledVersionsContract(name: string, open: () => Promise<SSMClient>): void {
  describe(`a channel in Parameter Store, ${name}`, () => {
    let client: SSMClient;
    let served: (channel: string) => Promise<readonly string[]>;

    beforeEach(async () => {
      client = await open();
      const store = createSsmStore(client, FLEET);
      served = async (channel) =>
        (await store.listTemplates(channel, signal())).map((one) => `${one.name}@${one.version}`).toSorted();
    });

    async function put(template: string, version: number): Promise<void> {
      const Value = JSON.stringify(document(template, `lyft/envoy:${version}`));
      const Name = `/outrigger/${FLEET}/templates/${template}`;
      const { Version } = await client.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true }));
      expect(Version).toBe(version);
    }
    async function label(template: string, ParameterVersion: number, channel: string): Promise<void> {
      const Name = `/outrigger/${FLEET}/templates/${template}`;
      await client.send(new LabelParameterVersionCommand({ Name, ParameterVersion, Labels: [channel] }));
    }

    test('serves the version that carries its label, wherever the label moves', async () => {
      await put('moves', 1);
      await label('moves', 1, 'stable');
      await put('moves', 2);
      // Published, and nobody's yet.
      expect(await served('stable')).toEqual(['moves@1']);
      await label('moves', 2, 'canary');
      expect([await served('stable'), await served('canary')]).toEqual([['moves@1'], ['moves@2']]);
      await label('moves', 2, 'stable');
      expect(await served('stable')).toEqual(['moves@2']);
      await put('moves', 3);
      await label('moves', 1, 'stable');
      expect([await served('stable'), await served('canary'), await served('nobody')]).toEqual([
        ['moves@1'],
        ['moves@2'],
        [],
      ]);
      await label('moves', 3, 'canary');
      expect(await served('canary')).toEqual(['moves@3']);
    });

    test('serves older versions beside newest ones, over several pages', async () => {
      const names = Array.from({ length: 12 }, (_, i) => `page-${String(i).padStart(2, '0')}`);
      for (const [i, template] of names.entries()) {
        await put(template, 1);
        await label(template, 1, 'paged');
        if (i % 2 === 0) await put(template, 2);
      }
      expect(await served('paged')).toEqual(names.map((template) => `${template}@1`));
    });
  });
}
