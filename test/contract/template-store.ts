import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseTemplate } from '../../functions/template/parse/parse-template.ts';
import { createAcceptance } from '../../functions/template-store/cache/acceptance.ts';
import type { StoredTemplate, TemplateStore } from '../../functions/template-store/store.ts';

/** A store under test, with a way to fill it that does not go through the store itself. */
export interface StoreHarness {
  readonly store: TemplateStore;
  /** Writes a document and makes it what a channel serves; without one, `stable`. */
  put(name: string, document: unknown, channel?: string): Promise<void>;
  /** Writes something that is no JSON (or YAML) document. */
  putBroken(name: string): Promise<void>;
  remove(name: string): Promise<void>;
  putClusterRecord(cluster: string, record: unknown): Promise<void>;
  /** A record that is no JSON (or YAML). */
  putBrokenRecord(cluster: string): Promise<void>;
  /** Empties the store. */
  clear(): Promise<void>;
  close?(): Promise<void>;
}

/** A template document of about the seed's size. */
export function document(
  name: string,
  image = 'lyft/envoy:1',
): { metadata: { name: string } } & Record<string, unknown> {
  const pod = { spec: { containers: [{ name: 'envoy', image, resources: { limits: { cpu: '1000m' } } }] } };
  return { apiVersion: 'outrigger.dev/v1alpha1', kind: 'SidecarTemplate', metadata: { name }, spec: { pod } };
}

/** A template document of this many bytes of JSON, almost none of which a compressor can save. */
export function largeDocument(name: string, bytes: number, seed = ''): ReturnType<typeof document> {
  const noise = (length: number): string =>
    Array.from({ length: Math.ceil(length / 44) }, (_, i) =>
      createHash('sha256').update(`${seed}${i}`).digest('base64'),
    )
      .join('')
      .slice(0, length);
  const withNote = (note: string): ReturnType<typeof document> => ({
    ...document(name),
    spec: { pod: { metadata: { annotations: { note } } } },
  });
  return withNote(noise(bytes - JSON.stringify(withNote('')).length));
}

const signal = (): AbortSignal => AbortSignal.timeout(10_000);

/** What every template store does, whatever is behind it. */
export function templateStoreContract(title: string, open: () => Promise<StoreHarness>): void {
  describe(`template store contract: ${title}`, () => {
    let harness: StoreHarness;
    const list = async (): Promise<readonly StoredTemplate[]> =>
      (await harness.store.listTemplates('stable', signal())).toSorted((a, b) => (a.name < b.name ? -1 : 1));

    beforeAll(async () => {
      harness = await open();
    });
    beforeEach(async () => await harness.clear());
    afterAll(async () => await harness?.close?.());

    test('an empty store lists nothing', async () => {
      expect(await list()).toEqual([]);
    });

    test('a document comes back as it was written, and parses', async () => {
      await harness.put('envoy', document('envoy'));
      const [stored] = await list();
      expect(stored).toEqual({ name: 'envoy', version: expect.any(String), document: document('envoy') });
      expect(parseTemplate(document('envoy'), stored?.version ?? '')).toMatchObject({ valid: true });
    });

    test('text of every script survives', async () => {
      const annotations = { note: 'Ünïcödé ✓ 灰度发布 "quoted" \\ back' };
      const written = { ...document('envoy'), spec: { pod: { metadata: { annotations } } } };
      await harness.put('envoy', written);
      expect(await list()).toMatchObject([{ document: written }]);
    });

    // 3 KB is a plain parameter, 6 KB a compressed one or parts, 24 KB (Istio's) parts.
    test.each([3, 6, 24])('a document of %i KB comes back as it was written', async (kilobytes) => {
      const written = largeDocument('envoy', kilobytes * 1024);
      await harness.put('envoy', written);
      expect(await list()).toEqual([{ name: 'envoy', version: expect.any(String), document: written }]);
      expect(await list()).toMatchObject([{ document: written }]);
    });

    test('braces that Parameter Store takes for a reference come back as they were written', async () => {
      const annotations = { note: '{{ not json-e }} {{{x}}} \\{{' };
      const written = { ...document('envoy'), spec: { pod: { metadata: { annotations } } } };
      await harness.put('envoy', written);
      expect(await list()).toMatchObject([{ document: written }]);
    });

    test('23 documents, more than two pages, are all there, once each', async () => {
      const names = Array.from({ length: 23 }, (_, i) => `template-${String(i).padStart(2, '0')}`);
      for (const name of names) await harness.put(name, document(name));
      expect((await list()).map((t) => t.name)).toEqual(names);
    });

    test('a changed document has another version', async () => {
      await harness.put('envoy', document('envoy', 'lyft/envoy:1'));
      const [before] = await list();
      await harness.put('envoy', document('envoy', 'lyft/envoy:2'));
      const [after] = await list();
      expect(after).toMatchObject({ document: document('envoy', 'lyft/envoy:2') });
      expect(after?.version).not.toBe(before?.version);
    });

    test('reading twice gives the same versions', async () => {
      await harness.put('envoy', document('envoy'));
      expect(await list()).toEqual(await list());
    });

    test('a broken document says why, and does not hide the good ones', async () => {
      await harness.put('good', document('good'));
      await harness.putBroken('bad');
      expect(await list()).toEqual([
        { name: 'bad', version: expect.any(String), unreadable: expect.stringMatching(/\w/) },
        { name: 'good', version: expect.any(String), document: document('good') },
      ]);
    });

    test('what was published before comes back, newest first, and what is hinted at before it', async () => {
      const versions = async (hint?: string): Promise<readonly StoredTemplate[]> =>
        (await harness.store.listVersions?.('former', hint, signal())) ?? [];
      const imagesOf = (found: readonly StoredTemplate[]): unknown =>
        found.map((t) => ('document' in t ? /envoy:\d+/.exec(JSON.stringify(t.document))?.[0] : 'unreadable'));
      expect(await versions()).toEqual([]);
      for (let i = 1; i <= 23; i++) {
        await harness.put('former', document('former', `envoy:${i}`));
        // A folder knows what it has listed.
        await list();
      }
      const newest = Array.from({ length: 20 }, (_, i) => `envoy:${23 - i}`);
      const found = await versions();
      expect(imagesOf(found)).toEqual(newest);
      expect(found[0]).toEqual((await list())[0]);
      expect(imagesOf(await versions(found[4]?.version))).toEqual([
        'envoy:19',
        ...newest.filter((w) => w !== 'envoy:19'),
      ]);
      for (const hint of ['', '0', '-1', 'constructor', '../x']) expect(imagesOf(await versions(hint))).toEqual(newest);
      await harness.putBroken('former');
      await list();
      expect(imagesOf(await versions())).toEqual(['unreadable', ...newest.slice(0, 19)]);
      await expect(harness.store.listVersions?.('former', undefined, AbortSignal.abort())).rejects.toThrow();
    });

    test('a version in parts comes back whole', async () => {
      const written = [1, 2].map((i) => largeDocument('former-parts', 24_000, `former ${i}`));
      for (const one of written) {
        await harness.put('former-parts', one);
        await list();
      }
      const found = await harness.store.listVersions?.('former-parts', undefined, signal());
      expect(found?.map((t) => 'document' in t && t.document)).toEqual([...written].reverse());
    });

    test('a removed template is gone', async () => {
      await harness.put('a', document('a'));
      await harness.put('b', document('b'));
      await harness.remove('a');
      expect((await list()).map((t) => t.name)).toEqual(['b']);
    });

    test('a channel serves what carries it and nothing else; one that nothing carries serves nothing', async () => {
      await harness.put('a', document('a', 'envoy:1'));
      await harness.put('b', document('b', 'envoy:2'), 'next.1');
      const served = async (channel: string): Promise<unknown> =>
        (await harness.store.listTemplates(channel, signal())).map((t) => [t.name, 'document' in t && t.document]);
      expect(await served('stable')).toEqual([['a', document('a', 'envoy:1')]]);
      expect(await served('next.1')).toEqual([['b', document('b', 'envoy:2')]]);
      for (const nobody of ['next', 'constructor', '..']) expect(await served(nobody)).toEqual([]);
    });

    test('a document that is removed and written anew is not taken for the old one, whatever its version', async () => {
      const refused: string[] = [];
      const accept = createAcceptance((name) => refused.push(name));
      const imageOf = async (): Promise<unknown> => accept(await list()).get('envoy')?.pod.containers[0]?.['image'];
      for (const image of ['envoy:1', 'envoy:2']) {
        await harness.put('envoy', document('envoy', image));
        expect(await imageOf()).toBe(image);
        await harness.remove('envoy');
      }
      await harness.put('envoy', document('envoy', 'envoy:3'));
      expect([await imageOf(), refused]).toEqual(['envoy:3', []]);
    });

    test('a cluster record comes back; one that was never written is undefined', async () => {
      const record = { policy: 'disabled', defaultTemplates: ['envoy'], neverSelectors: [{ matchLabels: { a: 'b' } }] };
      await harness.putClusterRecord('prod.eu-1', record);
      expect(await harness.store.getClusterRecord('prod.eu-1', signal())).toEqual(record);
      expect(await harness.store.getClusterRecord('other', signal())).toBeUndefined();
    });

    test('a cluster record with a large key set comes back', async () => {
      const record = { defaultTemplates: ['envoy'], jwks: { keys: [largeDocument('key', 5_000)] } };
      await harness.putClusterRecord('prod', record);
      expect(await harness.store.getClusterRecord('prod', signal())).toEqual(record);
    });

    test('every cluster with a record is listed, though there are more than one page and some cannot be read', async () => {
      const names = Array.from({ length: 12 }, (_, i) => `listed-${String(i).padStart(2, '0')}`);
      for (const name of names) await harness.putClusterRecord(name, {});
      await harness.putBrokenRecord('listed-broken');
      expect(await harness.store.listClusters(signal())).toEqual(expect.arrayContaining([...names, 'listed-broken']));
      await expect(harness.store.listClusters(AbortSignal.abort())).rejects.toThrow();
    });

    test('an aborted read rejects', async () => {
      await harness.put('envoy', document('envoy'));
      await expect(harness.store.listTemplates('stable', AbortSignal.abort())).rejects.toThrow();
      await expect(harness.store.getClusterRecord('local', AbortSignal.abort())).rejects.toThrow();
    });
  });
}
