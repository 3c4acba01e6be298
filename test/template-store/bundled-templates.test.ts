import { describe, expect, test } from 'vitest';
import {
  readSnapshot,
  type SnapshotContent,
  writeSnapshot,
} from '../../functions/template-store/cache/bundled-templates.ts';
import { createTemplateCache, type TemplateCache } from '../../functions/template-store/cache/template-cache.ts';
import { createMemoryStore } from '../../functions/template-store/memory-store.ts';
import type { TemplateStore } from '../../functions/template-store/store.ts';
import { templateDocument } from '../support/templates.ts';

const CONTENT: SnapshotContent = {
  channels: {
    stable: [
      { name: 'proxy', version: '7', document: templateDocument('proxy') },
      { name: 'bad', version: '1', document: { kind: 'SidecarTemplate' } },
    ],
  },
  records: { prod: { defaultTemplates: ['proxy'] }, odd: { policy: 'sometimes' }, test: { channel: 'canary' } },
};
const TEXT = writeSnapshot(CONTENT);

describe('readSnapshot', () => {
  test('gives templates and records back', () => {
    const snapshot = readSnapshot(TEXT);
    expect([...(snapshot.templates('stable')?.values() ?? [])]).toMatchObject([{ name: 'proxy', version: '7' }]);
    expect(snapshot.record('prod')).toMatchObject({ defaultTemplates: ['proxy'] });
  });

  test.each(['canary', 'constructor', ''])('has no channel %j', (channel) => {
    expect(readSnapshot(TEXT).templates(channel)).toBeUndefined();
  });

  test.each(['odd', 'other', '__proto__'])('has no record %j', (cluster) => {
    expect(readSnapshot(TEXT).record(cluster)).toBeUndefined();
  });

  test.each<[string, string, RegExp]>([
    ['a changed image', TEXT.replace('registry.test', 'registry.evil'), /checksum of the snapshot does not match/],
    ['a changed record', TEXT.replace('"prod"', '"live"'), /checksum/],
    ['no checksum', JSON.stringify({ content: CONTENT }), /checksum/],
    ['no content', JSON.stringify({ checksum: '' }), /checksum/],
    ['cut short', TEXT.slice(0, -10), /is not JSON/],
    ['nothing', '', /is not JSON/],
    ['null', 'null', /checksum/],
  ])('refuses %s', (_, text, message) => {
    expect(() => readSnapshot(text)).toThrow(expect.objectContaining({ name: 'ConfigError' }));
    expect(() => readSnapshot(text)).toThrow(message);
  });
});

describe('the cache with a snapshot', () => {
  let now = 0;
  const open = (store: TemplateStore): TemplateCache =>
    createTemplateCache(store, {
      ttlMs: 30_000,
      readMs: 1_000,
      serveStale: true,
      now: () => now,
      random: () => 0,
      report: () => {},
      snapshot: readSnapshot(TEXT),
    });
  const fails = (): Promise<never> => Promise.reject(new Error('down'));

  test('serves it while the store is down, and says so', async () => {
    const cache = open({ ...createMemoryStore(), listTemplates: fails, getClusterRecord: fails });
    const state = await cache.stateFor('prod', 100);
    expect(state).toMatchObject({ isSnapshot: true, record: { defaultTemplates: ['proxy'] } });
    expect([...state.templates.keys()]).toEqual(['proxy']);
  });

  test.each([
    'other',
    'odd',
    'test',
  ])('assumes nothing of a cluster whose record or channel it lacks: %s', async (name) => {
    const cache = open({ ...createMemoryStore(), listTemplates: fails, getClusterRecord: fails });
    await expect(cache.stateFor(name, 100)).rejects.toMatchObject({ name: 'TemplateStoreError' });
  });

  test('only until a first refresh succeeds, and never again after that', async () => {
    const memory = createMemoryStore();
    memory.putClusterRecord('prod', { defaultTemplates: ['other'] });
    memory.put('other', templateDocument('other'), 'stable');
    let isDown = true;
    const cache = open({
      ...memory,
      listTemplates: (...args) => (isDown ? fails() : memory.listTemplates(...args)),
      getClusterRecord: (...args) => (isDown ? fails() : memory.getClusterRecord(...args)),
    });
    expect((await cache.stateFor('prod', 100)).isSnapshot).toBe(true);
    isDown = false;
    const fresh = await cache.stateFor('prod', 100);
    expect([fresh.isSnapshot, [...fresh.templates.keys()]]).toEqual([undefined, ['other']]);
    isDown = true;
    now += 3_600_000;
    expect((await cache.stateFor('prod', 100)).isSnapshot).toBeUndefined();
  });
});
