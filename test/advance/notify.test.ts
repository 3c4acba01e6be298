import { describe, expect, test } from 'vitest';
import { loopNotices, notificationSettings, notifyAll } from '../../functions/advance/notify.ts';
import { parseClusterRecord } from '../../functions/cluster-record/cluster-record.ts';
import { NO_EGRESS } from '../../functions/cluster-record/egress.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { ADVANCE_LOOP_MS } from '../../functions/limits.ts';
import type { NotifyTools } from '../../functions/notifications/notify-cluster.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import { NO_RECORD } from '../../functions/template-store/cache/cached-records.ts';
import { collectLog } from '../support/log-lines.ts';
import { NO_NOTIFY } from '../support/notices.ts';

const signal = (): AbortSignal => AbortSignal.timeout(10_000);

/** Tools that note which Kubernetes cluster had a round. */
function toolsOf(asked: string[], more: Partial<NotifyTools> = {}) {
  const { log, lines } = collectLog();
  const store = createMemoryStore();
  const tools: NotifyTools = {
    ...NO_NOTIFY,
    ...{ changes: store, notices: store, log, now: () => 0 },
    settingsFor: async (cluster) => void asked.push(cluster),
    ...more,
  };
  return { tools, lines };
}

describe('rounds', () => {
  test('of a cluster that fails keep no other from its own, and say why without any words', async () => {
    const asked: string[] = [];
    const { tools, lines } = toolsOf(asked, {
      settingsFor: async (cluster) => {
        if (cluster === 'bad') throw new CanaryStoreError('secret words');
        asked.push(cluster);
        return undefined;
      },
    });
    await notifyAll(tools, ['bad', ...Array.from({ length: 20 }, (_, i) => `c${i}`)], signal());
    expect(asked).toHaveLength(20);
    expect(lines).toEqual([['error', 'notifications not looked at', { cluster: 'bad', error: 'CanaryStoreError' }]]);
  });

  test('where nothing moves there is one', async () => {
    const asked: string[] = [];
    await loopNotices(toolsOf(asked).tools, 'prod', undefined, 0);
    expect(asked).toEqual(['prod']);
  });

  test('while releases move there is one every five seconds, and one after the last look', async () => {
    let now = 0;
    let end: (() => void) | undefined;
    const looks = new Promise<void>((resolve) => {
      end = resolve;
    });
    const at: number[] = [];
    const { tools } = toolsOf([], { now: () => now, settingsFor: async () => void at.push(now) });
    const pause = async (ms: number): Promise<void> => {
      now += ms;
      if (now === 20_000) {
        end?.();
        await looks;
      }
    };
    await loopNotices(tools, 'prod', looks, 0, pause);
    expect(at).toEqual([0, 5_000, 10_000, 15_000, 20_000]);
  });

  test('end with the time of the looks, though these go on', async () => {
    let now = 0;
    const at: number[] = [];
    const { tools } = toolsOf([], { now: () => now, settingsFor: async () => void at.push(now) });
    const pause = async (ms: number): Promise<void> => {
      now += ms;
    };
    await loopNotices(tools, 'prod', new Promise(() => {}), 0, pause);
    expect(at.at(-1)).toBeLessThanOrEqual(ADVANCE_LOOP_MS);
  });
});

test('whom to notify stands in the cluster record, with what may be called', async () => {
  const notifications = [{ name: 'a', slack: { secretRef: 's' } }];
  const recordOf = (document: object) => {
    const parsed = parseClusterRecord(document);
    if (!parsed.valid) throw new Error('it is good');
    return parsed.value;
  };
  const settings = async (record: Awaited<ReturnType<Parameters<typeof notificationSettings>[0]>>) =>
    await notificationSettings(async () => record)('eu1');
  expect(await settings(recordOf({ notifications }))).toMatchObject({
    notifications: [{ name: 'a', to: { kind: 'slack' } }],
    egress: NO_EGRESS,
  });
  const egress = { hosts: ['chat.example.com'] };
  expect(await settings(recordOf({ notifications, egress }))).toMatchObject({ egress });
  expect(await settings(recordOf({}))).toBeUndefined();
  expect(await settings(NO_RECORD)).toBeUndefined();
  expect(await settings(undefined)).toBeUndefined();
});
