import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Canary } from '../../functions/canary/canary.ts';
import type { FoundBackends } from '../../functions/canary/evidence/readiness.ts';
import type { AuditEntry, CanaryStore, WriteOutcome } from '../../functions/canary/store.ts';
import { advanced } from '../../functions/canary/transitions/advance-release.ts';
import { atVersion, versionAfter } from '../../functions/canary/version-line.ts';
import { CanaryStoreError } from '../../functions/errors.ts';
import { abortRelease } from '../../functions/releases/abort-release.ts';
import { applyRelease, createRelease, editRelease } from '../../functions/releases/apply-release.ts';
import { deleteRelease } from '../../functions/releases/delete-release.ts';
import type { Outcome } from '../../functions/releases/outcome.ts';
import type { ReleaseRefusal } from '../../functions/releases/refusal.ts';
import { retryRelease } from '../../functions/releases/retry-release.ts';
import { setReleaseWeights } from '../../functions/releases/set-release-weights.ts';
import { readSettled, settledList } from '../../functions/releases/settle/read-settled.ts';
import { settle } from '../../functions/releases/settle/settle.ts';
import { settleCluster } from '../../functions/releases/settle/settle-cluster.ts';
import { steerRelease } from '../../functions/releases/steer-release.ts';
import type { Repeatable } from '../../functions/releases/write/repeatable.ts';
import type { Terms } from '../../functions/releases/write/write.ts';
import { createFileStore } from '../../functions/table/sqlite/file-store.ts';
import { createMemoryStore } from '../../functions/table/sqlite/memory-store.ts';
import { freezeOf } from '../support/freezes.ts';
import { MACHINE, openUseCases, releaseManifest, share, type UseCases } from '../support/use-cases.ts';

/** Proxies know a new canary after so many seconds. */
const READY = 70;
const signal = (): AbortSignal => AbortSignal.timeout(30_000);

interface Opened {
  readonly store: CanaryStore;
  readonly use: UseCases;
  readonly close: () => Promise<void>;
}

const STORES: readonly (readonly [title: string, open: () => Promise<Opened>])[] = [
  [
    'memory',
    async () => {
      const use = openUseCases(createMemoryStore);
      return { use, store: use.call().tools.store, close: async () => {} };
    },
  ],
  [
    'file',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'outrigger-use-cases-'));
      const store = createFileStore(join(folder, 'canaries'));
      const close = async (): Promise<void> => {
        store.close();
        await rm(folder, { recursive: true });
      };
      return { use: openUseCases(() => store, Date.now()), store, close };
    },
  ],
];

/** So many healthy hosts, as proxies that count find them. */
const found = (stable: number, canary: number): FoundBackends => ({
  hosts: { stable: { healthy: stable, total: stable }, canary: { healthy: canary, total: canary } },
  isCounted: true,
});

/** The canary of what was done; throws for anything else. */
function canaryOf(outcome: Outcome): Canary {
  if (outcome.outcome === 'refused' || outcome.outcome === 'replayed') throw new TypeError(JSON.stringify(outcome));
  return outcome.canary;
}

describe.each(STORES)('use cases of a release over a store: %s', (_title, open) => {
  let opened: Opened;
  let use: UseCases;
  let store: CanaryStore;

  beforeEach(async () => {
    opened = await open();
    ({ use, store } = opened);
  });
  afterEach(async () => await opened.close());

  const create = async (name = 'cart', terms: Terms = {}): Promise<Outcome> =>
    await createRelease(use.call(name), releaseManifest(name), terms);
  const shift = async (canary: number, terms: Terms = {}): Promise<Outcome> =>
    await setReleaseWeights(use.call(), share(canary), terms);
  const history = async (name = 'cart'): Promise<readonly AuditEntry[]> =>
    await store.listAudit(use.call(name).key, 50, signal());
  /** All that a write could have changed. */
  const kept = async (): Promise<unknown> => [await store.listCanaries('local', signal()), await history()];
  const settleNow = async (): Promise<void> => {
    const { canaries } = await store.listCanaries('local', signal());
    const tools = { canaries: store, log: use.call().tools.log, now: use.now };
    await settleCluster(tools, 'local', canaries, signal());
  };
  const ready = async (): Promise<void> => {
    await create();
    use.at(READY);
    await settleNow();
  };
  const failing = async (): Promise<void> => {
    await ready();
    await shift(20);
    await abortRelease(use.call(), 'slow');
  };
  const releasing = async (): Promise<void> => {
    await ready();
    await applyRelease(use.call(), releaseManifest('cart', { strategy: {} }));
    expect(await steerRelease(use.call(), 'start')).toMatchObject({ outcome: 'written' });
  };
  /** A release that is found to wait for its workloads, as `advance` writes it. */
  const waitingFor = async (reason: string): Promise<void> => {
    await releasing();
    const { key, moment } = use.call();
    const canary = await store.getCanary(key, signal());
    if (canary?.status.release === undefined) throw new TypeError('no release goes on');
    const wait = { move: 'wait', wait: { reason, sentence: '10 % wants 1 ready Pod' } } as const;
    const next = atVersion(
      advanced(canary, canary.status.release, wait, moment),
      versionAfter(await store.readHead('local', signal()), canary),
    );
    const written = await store.writePhase('local', canary.metadata.resourceVersion, next, signal());
    expect(written).toEqual({ outcome: 'written' });
  };
  /** A store that does something else before the write of a call, or in its place. */
  const between = (act: () => Promise<WriteOutcome | undefined>): CanaryStore => ({
    ...store,
    create: async (...args) => (await act()) ?? (await store.create(...args)),
    update: async (...args) => (await act()) ?? (await store.update(...args)),
  });
  const once = (act: () => Promise<unknown>): (() => Promise<undefined>) => {
    let isDone = false;
    return async () => {
      if (isDone) return;
      isDone = true;
      await act();
    };
  };

  test('the life of a release: each step with its audit entry and its log line, by who asked for it', async () => {
    expect(await create()).toMatchObject({ outcome: 'written', isNew: true });
    use.at(READY);
    await settleNow();
    const steps = [
      () => setReleaseWeights(use.call(), share(20, 'first step')),
      () => abortRelease(use.call(), 'slow'),
      () => retryRelease(use.call(), { reason: 'fixed' }),
      () => applyRelease(use.call(), releaseManifest('cart', { exportTo: ['shop'] })),
      () =>
        editRelease(use.call(), () => ({ valid: true, value: releaseManifest('cart', {}, { labels: { a: 'b' } }) })),
      () => deleteRelease(use.call(), {}),
    ];
    for (const step of steps) expect(await step()).toMatchObject({ outcome: 'written', isNew: false });
    const entries = (await history()).toReversed();
    expect(entries.map(({ verb, reason, resourceVersion }) => [verb, reason, resourceVersion])).toEqual([
      ['create', undefined, '1'],
      ['setWeights', 'first step', '3'],
      ['abort', 'slow', '4'],
      ['retry', 'fixed', '5'],
      ['update', undefined, '6'],
      ['update', undefined, '7'],
      ['delete', undefined, '8'],
    ]);
    expect(entries.every(({ who }) => who === MACHINE)).toBe(true);
    expect(use.lines.map(({ message, verb, phase }) => [message, verb, phase])).toEqual([
      ['release changed', 'create', 'Initializing'],
      ['canaries initialized', undefined, undefined],
      ['release changed', 'setWeights', 'Progressing'],
      ['release changed', 'abort', 'Failed'],
      ['release changed', 'retry', 'Initialized'],
      ['release changed', 'update', 'Initialized'],
      ['release changed', 'update', 'Initialized'],
      ['release changed', 'delete', 'Terminating'],
    ]);
    // A reason is the caller's text, and stays in the audit.
    expect(JSON.stringify(use.lines)).not.toMatch(/first step|slow|fixed/);
  });

  /** One way to each refusal; the compiler asks for a row where there is another one. */
  const REFUSALS: Readonly<Record<ReleaseRefusal['reason'], () => Promise<() => Promise<Outcome>>>> = {
    NotFound: async () => () => shift(20),
    AlreadyExists: async () => {
      await create();
      return create;
    },
    BeingDeleted: async () => {
      await create();
      await deleteRelease(use.call(), {});
      return create;
    },
    Misnamed: async () => () => applyRelease(use.call('cart'), releaseManifest('web')),
    Unexpected: async () => {
      await ready();
      return () => shift(20, { expected: { versions: ['1'] } });
    },
    Modified: async () => {
      await ready();
      return () => deleteRelease(use.call(), { resourceVersion: '1' });
    },
    AbortedMeanwhile: async () => {
      await failing();
      await retryRelease(use.call(), {});
      const abort = once(() => abortRelease(use.call(), undefined));
      return () => setReleaseWeights(use.call('cart', between(abort)), share(20));
    },
    Claimed: async () => {
      await create();
      return () =>
        createRelease(use.call('rival'), releaseManifest('rival', { service: { name: 'cart', port: 8080 } }));
    },
    GroupFull: async () => {
      const spec = { group: 'shop' };
      for (let i = 0; i < 20; i++) await createRelease(use.call(`c-${i}`), releaseManifest(`c-${i}`, spec));
      return () => createRelease(use.call(), releaseManifest('cart', spec));
    },
    OtherRequest: async () => {
      await create('cart', { repeatable: repeatable('a') });
      return () => create('cart', { repeatable: repeatable('b') });
    },
    Invalid: async () => {
      await ready();
      const faults = [{ path: 'backends', message: 'must add up' }];
      return () => setReleaseWeights(use.call(), () => ({ valid: false, faults }));
    },
    NoCanaryHosts: async () => {
      await ready();
      return () => setReleaseWeights(use.call(), share(20), {}, { found: () => found(3, 0) });
    },
    NoStableHosts: async () => {
      await ready();
      return () => setReleaseWeights(use.call(), share(20), {}, { found: () => found(0, 3) });
    },
    CanaryTooSmall: async () => {
      await ready();
      return () => setReleaseWeights(use.call(), share(50), {}, { found: () => found(10, 4) });
    },
    CanaryPodsNotReady: async () => {
      await waitingFor('CanaryPodsNotReady');
      return () => steerRelease(use.call(), 'skip');
    },
    WorkloadUnreadable: async () => {
      await waitingFor('WorkloadUnreadable');
      return () => steerRelease(use.call(), 'promote', { full: true });
    },
    WorkloadUnwritable: async () => {
      await waitingFor('WorkloadUnwritable');
      return () => steerRelease(use.call(), 'skip');
    },
    Frozen: async () => {
      await ready();
      const frozen = () => ({ freeze: freezeOf({ scope: 'Fleet' }) });
      return () => setReleaseWeights(use.call(), share(20), {}, { found: () => undefined, frozen });
    },
    RollingBack: async () => {
      await releasing();
      const { key, moment } = use.call();
      const canary = await store.getCanary(key, signal());
      if (canary?.status.release === undefined) throw new TypeError('no release goes on');
      const cause = { reason: 'errors', sentence: 'convicted', since: '', hold: '15s' };
      const back = { move: 'lower', to: 0, cause, reason: 'errors', sentence: 'convicted' } as const;
      const next = atVersion(
        advanced(canary, canary.status.release, back, moment),
        versionAfter(await store.readHead('local', signal()), canary),
      );
      expect(await store.writePhase('local', canary.metadata.resourceVersion, next, signal())).toEqual({
        outcome: 'written',
      });
      return () => steerRelease(use.call(), 'pause');
    },
    NotReady: async () => {
      await create();
      return () => shift(20);
    },
    Aborted: async () => {
      await failing();
      return () => shift(20);
    },
    NotAborted: async () => {
      await ready();
      return () => retryRelease(use.call(), {});
    },
    NoStrategy: async () => {
      await ready();
      return () => steerRelease(use.call(), 'start');
    },
    AlreadyReleasing: async () => {
      await releasing();
      return () => steerRelease(use.call(), 'start');
    },
    NoCountedCallers: async () => {
      await ready();
      await applyRelease(use.call(), releaseManifest('cart', { strategy: {} }));
      const readiness = { found: () => undefined, uncounted: () => 'there are proxies in: web' };
      return () => steerRelease(use.call(), 'start', {}, {}, readiness);
    },
    HasShare: async () => {
      await ready();
      await applyRelease(use.call(), releaseManifest('cart', { strategy: {} }));
      await shift(20);
      return () => steerRelease(use.call(), 'start');
    },
    NotReleasing: async () => {
      await ready();
      return () => steerRelease(use.call(), 'pause');
    },
    NotPaused: async () => {
      await releasing();
      return () => steerRelease(use.call(), 'resume');
    },
    NothingToPromote: async () => {
      await releasing();
      return () => steerRelease(use.call(), 'promote');
    },
    Terminating: async () => {
      await create();
      await deleteRelease(use.call(), {});
      return () => shift(20);
    },
    Staging: async () => {
      await ready();
      for (const port of [81, 82, 83, 84, 85, 86, 87, 88, 89, 90]) await applyRelease(use.call(), onPort(port));
      return () => applyRelease(use.call(), onPort(91));
    },
  };

  test.each(Object.entries(REFUSALS))('%s: said with a sentence, and nothing is written', async (reason, prepare) => {
    const act = await prepare();
    const before = await kept();
    const outcome = await act();
    expect(outcome).toMatchObject({ outcome: 'refused', refusal: { reason, sentence: expect.stringMatching(/\w/) } });
    // What came between is another caller's.
    if (reason !== 'AbortedMeanwhile') expect(await kept()).toEqual(before);
    else expect((await history())[0]?.verb).toBe('abort');
  });

  test('what only the clock lets happen is refused with the time from which on it may', async () => {
    await create();
    expect(await shift(20)).toMatchObject({ refusal: { reason: 'NotReady', until: use.start + READY * 1_000 } });
    await deleteRelease(use.call(), {});
    const again = await create();
    expect(again).toMatchObject({ refusal: { reason: 'BeingDeleted', until: use.start + READY * 1_000 } });
    use.at(READY);
    expect(await create()).toMatchObject({ outcome: 'written', isNew: true });
  });

  test.each<[verb: string, prepare: () => Promise<void>, act: (terms: Terms) => Promise<Outcome>]>([
    ['create', async () => {}, (terms) => create('cart', terms)],
    ['set weights', () => ready(), (terms) => shift(20, terms)],
    ['apply', () => ready(), (terms) => applyRelease(use.call(), onPort(81), terms)],
    ['delete', () => ready(), (terms) => deleteRelease(use.call(), {}, terms)],
    ['retry', () => failing(), (terms) => retryRelease(use.call(), { reason: 'fixed' }, terms)],
    ['abort', () => ready(), ({ isDryRun = false }) => abortRelease(use.call(), 'slow', { isDryRun })],
  ])('%s: a dry run shows what the write makes, and writes nothing', async (verb, prepare, act) => {
    await prepare();
    const [before, lines] = [await kept(), use.lines.length];
    const tried = await act({ isDryRun: true });
    expect([await kept(), use.lines.length]).toEqual([before, lines]);
    const written = await act({});
    const isNew = verb === 'create';
    expect([tried, written]).toMatchObject([
      { outcome: 'tried', isNew },
      { outcome: 'written', isNew },
    ]);
    const { metadata, ...rest } = canaryOf(written);
    const { uid: _uid, ...named } = metadata;
    expect(canaryOf(tried)).toMatchObject({ metadata: named, ...rest });
  });

  test('a release is steered, each verb with its audit entry; a larger share than there are Pods for is refused', async () => {
    await releasing();
    await steerRelease(use.call(), 'skip', { reason: 'seen enough' });
    const readiness = { found: () => found(10, 1) };
    const full = { full: true, reason: 'go' };
    const held = await steerRelease(use.call(), 'promote', full, {}, readiness);
    expect(held).toMatchObject({ outcome: 'refused', refusal: { reason: 'CanaryTooSmall' } });
    await steerRelease(use.call(), 'promote', full, {}, { ...readiness, force: 'tiny Pods' });
    await steerRelease(use.call(), 'pause', { reason: 'lunch' });
    await steerRelease(use.call(), 'resume');
    expect(canaryOf(await steerRelease(use.call(), 'undo', { reason: 'no' })).status).toMatchObject({
      phase: 'Initialized',
      atRest: true,
      weights: { stable: 100, canary: 0 },
      release: { state: 'Undone' },
    });
    expect((await history()).slice(0, 6).map(({ verb, reason, to }) => [verb, reason, to?.canary])).toEqual([
      ['undo', 'no', 0],
      ['resume', undefined, 100],
      ['pause', 'lunch', 100],
      ['promote', 'forced past CanaryTooSmall: tiny Pods', 100],
      ['skip', 'seen enough', 1],
      ['start', undefined, 0],
    ]);
  });

  test('a release knows the versions of its weights: those of the writes, whatever the head was', async () => {
    await create('other');
    await releasing();
    await create('third');
    const { metadata, status } = canaryOf(await steerRelease(use.call(), 'skip'));
    expect(status.awaiting?.resourceVersion).toBe(metadata.resourceVersion);
    expect(status.release?.taken).toEqual([
      { step: -1, weight: 0, resourceVersion: '6' },
      { step: 0, weight: 1, resourceVersion: metadata.resourceVersion },
    ]);
  });

  test('a dry run meets the claim of another canary', async () => {
    await create();
    const rival = releaseManifest('rival', { service: { name: 'cart', port: 8080 } });
    const outcome = await createRelease(use.call('rival'), rival, { isDryRun: true });
    expect(outcome).toMatchObject({ outcome: 'refused', refusal: { reason: 'Claimed' } });
  });

  test('what is so already is unchanged, and moves no version', async () => {
    await failing();
    const before = await kept();
    expect(await abortRelease(use.call(), 'again')).toMatchObject({ outcome: 'unchanged', isNew: false });
    expect(await applyRelease(use.call(), releaseManifest())).toMatchObject({ outcome: 'unchanged' });
    expect(await kept()).toEqual(before);
  });

  test('what only the clock has changed is shown as it stands, until it is written', async () => {
    const stored = canaryOf(await create());
    use.at(READY);
    expect(await shift(0)).toEqual({ outcome: 'unchanged', canary: stored, isNew: false });
    const settled = await readSettled(use.call());
    expect([settled?.status.phase, settled?.metadata.resourceVersion]).toEqual(['Initialized', '2']);
    expect(await history()).toHaveLength(1);
  });

  test('a call that is repeated under its key is done once, and answered alike', async () => {
    const terms = { repeatable: repeatable('a') };
    await create('cart', terms);
    const again = await create('cart', terms);
    expect(again).toMatchObject({ outcome: 'replayed', answer: { statusCode: 1, body: 'cart at 1, new' } });
    expect(again).not.toHaveProperty('lost');
    expect(await history()).toHaveLength(1);
  });

  test('a write that is not heard of is found by the same call, and not done twice', async () => {
    await ready();
    const terms = { repeatable: repeatable('a') };
    const deaf = between(async () => {
      await shift(20, terms);
      return { outcome: 'conflict', current: undefined };
    });
    const outcome = await setReleaseWeights(use.call('cart', deaf), share(20), terms);
    expect(outcome).toMatchObject({ outcome: 'replayed', answer: { body: 'cart at 3' }, lost: { isNew: false } });
    expect(use.pauses).toEqual([]);
  });

  test('a write that loses to others waits aside and decides again, on what stands there then', async () => {
    await ready();
    const other = once(() => applyRelease(use.call(), releaseManifest('cart', {}, { labels: { by: 'other' } })));
    const outcome = await setReleaseWeights(use.call('cart', between(other)), share(20));
    const { metadata, status } = canaryOf(outcome);
    expect([metadata.labels, metadata.resourceVersion, status.weights.canary]).toEqual([{ by: 'other' }, '4', 20]);
    expect(use.pauses).toEqual([250]);
  });

  test('the first try is decided at the moment of the call, however late it is made', async () => {
    await ready();
    const call = use.call();
    use.at(READY + 5);
    await setReleaseWeights(call, share(20));
    expect((await history())[0]?.time).toBe(new Date(use.start + READY * 1_000).toISOString());
  });

  test('a call that saw the canary fail goes on after a lost race; one that meets another failure does not', async () => {
    // Labels alone end no failure; a spec that differs does.
    const label = (by: string) =>
      once(() => {
        const metadata = { labels: { by }, annotations: {} };
        return editRelease(use.call(), ({ spec }) => ({ valid: true, value: { metadata, spec } }));
      });
    const matching = (exact: string) => releaseManifest('cart', { match: [{ headers: { qa: { exact } } }] });
    await failing();
    expect(await applyRelease(use.call('cart', between(label('a'))), matching('1'))).toMatchObject({
      outcome: 'written',
    });
    await abortRelease(use.call(), undefined);
    // Fifty later entries may hide an abort: then the failure itself tells it.
    const forgetful = (act: () => Promise<undefined>): CanaryStore => ({ ...between(act), listAudit: async () => [] });
    const again = once(async () => {
      await retryRelease(use.call(), {});
      await abortRelease(use.call(), undefined);
    });
    const calls = [
      () => applyRelease(use.call('cart', forgetful(label('b'))), matching('2')),
      () => abortRelease(use.call(), undefined),
      () => applyRelease(use.call('cart', forgetful(again)), matching('3')),
    ];
    const outcomes: Outcome[] = [];
    for (const act of calls) outcomes.push(await act());
    expect(outcomes).toMatchObject([
      { outcome: 'written' },
      { outcome: 'written' },
      { outcome: 'refused', refusal: { reason: 'AbortedMeanwhile' } },
    ]);
  });

  test('what is staged is staged from the write on, not from the call on', async () => {
    await ready();
    const slow = between(
      once(async () => {
        use.at(READY + 30);
        await create('web');
      }),
    );
    const { status } = canaryOf(await applyRelease(use.call('cart', slow), onPort(81)));
    expect(status.targets.at(-1)?.routesFrom).toBe(new Date(use.start + (READY + 30 + 70) * 1_000).toISOString());
  });

  test('a head that others move is waited out; other writers of the canary are, five times', async () => {
    await ready();
    let left = 9;
    const busy = between(async () => (left-- > 0 ? { outcome: 'behind' } : undefined));
    expect(await setReleaseWeights(use.call('cart', busy), share(20))).toMatchObject({ outcome: 'written' });
    expect(use.pauses).toEqual([250, 500, 1_000, ...Array(6).fill(2_000)]);
    const lost = between(async () => ({ outcome: 'conflict', current: undefined }));
    const outcome = await setReleaseWeights(use.call('cart', lost), share(30));
    expect(outcome).toMatchObject({ outcome: 'refused', refusal: { reason: 'Modified' } });
    expect(use.pauses).toHaveLength(9 + 5);
  });

  test('a claim whose canary has gone is given up, and the write is tried again without waiting', async () => {
    await create('rival');
    await deleteRelease(use.call('rival'), {});
    use.at(READY);
    const taken = await createRelease(use.call(), releaseManifest('cart', { service: { name: 'rival', port: 8080 } }));
    expect(taken).toMatchObject({ outcome: 'written', isNew: true });
    expect(use.pauses).toEqual([]);
    expect(await readSettled(use.call('rival'))).toBeUndefined();
  });

  test('an abort tries a struggling store again, and has a log line of its own where it gives up', async () => {
    await failing();
    await retryRelease(use.call(), {});
    let left = 1;
    const struggling: CanaryStore = {
      ...store,
      abort: async (...args) => {
        if (left-- > 0) throw new CanaryStoreError('throttled');
        return await store.abort(...args);
      },
    };
    expect(await abortRelease(use.call('cart', struggling), undefined)).toMatchObject({ outcome: 'written' });
    expect(use.lines.filter(({ message }) => message === 'abort failed')).toEqual([]);
    const broken = { ...use.call('cart', struggling), signal: AbortSignal.abort() };
    left = 9;
    await retryRelease(use.call(), {});
    await expect(abortRelease(broken, undefined)).rejects.toThrow(CanaryStoreError);
    expect(use.lines.filter(({ message }) => message === 'abort failed')).toMatchObject([
      { level: 'error', name: 'cart' },
    ]);
  });

  test('a list is read again where some of it was written, and else shown as it was read', async () => {
    await create('a');
    await create('b');
    await deleteRelease(use.call('b'), {});
    const read = async () => {
      const call = { ...use.call(), cluster: 'local' };
      const list = await store.listCanaries('local', signal());
      return { list, shown: await settledList(call, list) };
    };
    const before = await read();
    expect(before.shown).toBe(before.list);
    use.at(READY);
    const { shown } = await read();
    expect([shown.head, shown.canaries.map(({ metadata }) => metadata.name)]).toEqual([5, ['a']]);
  });

  test('what was written for the clock says so, and by whose write', async () => {
    const created = canaryOf(await create());
    const { key } = use.call();
    const act = () => settle(store, key, created, use.start + READY * 1_000, signal());
    const first = await act();
    expect(first).toMatchObject({ hasMoved: true, isWritten: true, canary: { metadata: { resourceVersion: '2' } } });
    expect(await act()).toEqual({ ...first, isWritten: false });
  });

  test('what the clock has changed in a Kubernetes cluster is written and counted in the log', async () => {
    await create('a');
    await create('b');
    await deleteRelease(use.call('b'), {});
    use.at(READY);
    await settleNow();
    await settleNow();
    const { canaries, head } = await store.listCanaries('local', signal());
    expect([head, canaries.map(({ metadata, status }) => [metadata.name, status.phase])]).toEqual([
      5,
      [['a', 'Initialized']],
    ]);
    expect(use.lines.slice(3)).toMatchObject([
      { message: 'canaries initialized', cluster: 'local', canaries: 1 },
      { message: 'tombstones cleared', cluster: 'local', tombstones: 1 },
    ]);
    expect(use.lines).toHaveLength(5);
  });
});

const onPort = (port: number) => releaseManifest('cart', { service: { name: 'cart', port } });

/** An operation of a machine, with its own form of answer. */
function repeatable(requestHash: string): Repeatable {
  return {
    key: { caller: MACHINE, key: 'operation-1' },
    requestHash,
    answerOf: ({ metadata: { name, resourceVersion } }, isNew) => ({
      statusCode: 1,
      body: `${name} at ${resourceVersion}${isNew ? ', new' : ''}`,
    }),
  };
}
