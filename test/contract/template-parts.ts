import {
  DeleteParameterCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type EncodedDocument, encodeDocument } from '../../functions/template-store/codec.ts';
import type { StoredTemplate } from '../../functions/template-store/store.ts';
import { ssmHarness } from './ssm-harness.ts';
import { document, largeDocument, type StoreHarness } from './template-store.ts';

const ROOT = '/outrigger/parts-contract';

/** What holds for templates in parts, in any Parameter Store: all of a document, or a sentence. */
export function templatePartsContract(title: string, open: () => Promise<SSMClient>): void {
  describe(`templates in parts: ${title}`, () => {
    let client: SSMClient;
    let harness: StoreHarness;
    const list = async (): Promise<readonly StoredTemplate[]> =>
      (await harness.store.listTemplates('stable', AbortSignal.timeout(10_000))).toSorted((a, b) =>
        a.name < b.name ? -1 : 1,
      );
    const put = async (name: string, value: string): Promise<void> => {
      const Name = `${ROOT}/${name}`;
      await client.send(new PutParameterCommand({ Name, Value: value, Type: 'String', Overwrite: true }));
    };
    const putHead = async (head: string): Promise<void> => {
      await put('templates/envoy', head);
      const label = { Name: `${ROOT}/templates/envoy`, Labels: ['stable'] };
      await client.send(new LabelParameterVersionCommand(label));
    };
    const remove = async (part: string): Promise<void> => {
      await client.send(new DeleteParameterCommand({ Name: `${ROOT}/parts/${part}` }));
    };

    beforeAll(async () => {
      client = await open();
    });
    beforeEach(async () => {
      harness = ssmHarness(client, 'parts-contract');
      await harness.clear();
    });

    test('a half-written template (head there, a part missing) says so, and does not hide the others', async () => {
      await harness.put('good', document('good'));
      const { head, parts } = encoded('a');
      const [first = '', second = '', ...others] = parts.keys();
      for (const part of [first, ...others]) await put(`parts/${part}`, parts.get(part) ?? '');
      await putHead(head);
      const count = parts.size;
      expect(await list()).toMatchObject([{ unreadable: `part 2 of ${count} is missing` }, { name: 'good' }]);
      await put(`parts/${second}`, parts.get(second) ?? '');
      expect(await list()).toMatchObject([{ document: largeDocument('envoy', 24_000, 'a') }, { name: 'good' }]);
    });

    test('a part of another version is never taken for one of this', async () => {
      const [one, two] = [encoded('one'), encoded('two')];
      const [, ...names] = one.parts.keys();
      for (const [part, value] of one.parts) await put(`parts/${part}`, value);
      await put(`parts/${names[0]}`, [...two.parts.values()][1] ?? '');
      await putHead(one.head);
      const unreadable = `the integrity hash of its ${one.parts.size} parts does not match`;
      expect(await list()).toMatchObject([{ unreadable }]);
    });

    test('while a new version is written, the old one is served: its parts are other parameters', async () => {
      await harness.put('envoy', largeDocument('envoy', 24_000, 'a'));
      const next = encoded('b');
      const [first = ''] = next.parts.keys();
      await put(`parts/${first}`, next.parts.get(first) ?? '');
      expect(await list()).toMatchObject([{ document: largeDocument('envoy', 24_000, 'a') }]);
      await put('templates/envoy', next.head);
    });

    test('parts that are held are not fetched again: they may even be gone', async () => {
      await harness.put('envoy', largeDocument('envoy', 24_000, 'a'));
      const before = await list();
      for (const part of encoded('a').parts.keys()) await remove(part);
      expect(await list()).toEqual(before);
    });

    test('another process cannot read what is gone, and says which part', async () => {
      await harness.put('envoy', largeDocument('envoy', 24_000, 'a'));
      const { parts } = encoded('a');
      await remove([...parts.keys()].at(-1) ?? '');
      expect(await list()).toMatchObject([{ unreadable: `part ${parts.size} of ${parts.size} is missing` }]);
    });
  });
}

function encoded(seed: string): EncodedDocument {
  const made = encodeDocument(largeDocument('envoy', 24_000, seed));
  if (made === undefined) throw new Error('the document is too large');
  return made;
}
