import { describe, expect, test } from 'vitest';
import { createTemplateWriter } from '../../functions/advance/workloads/template-writer.ts';
import type { Canary } from '../../functions/canary/canary.ts';
import { runningRelease } from '../../functions/canary/steps/release.ts';
import type { TemplateWriter } from '../../functions/canary/workloads/workload.ts';
import { type ClusterApi, ClusterApiError, type SetOperation } from '../../functions/kube-api/cluster-api.ts';
import { abortRelease } from '../../functions/releases/abort-release.ts';
import { collectLog } from '../support/log-lines.ts';
import { type ReleaseSimulator, simulateRelease } from '../support/release-simulator.ts';
import { readerOf, type WorkloadParts, workloadObject } from '../support/workloads.ts';

const STABLE = { kind: 'Deployment', name: 'cart' } as const;
const CANARY = { kind: 'Deployment', name: 'cart-canary' } as const;
const COPY = {
  steps: [{ setWeight: 50 }],
  analysis: { baseline: '30s', minimum: { time: '10s' }, bake: { time: '30s' } },
  workloads: { stable: STABLE, canary: CANARY, promotion: 'Copy' },
};

const reasonIs = (reason: string) => (canary: Canary) => canary.status.release?.verdict?.reason === reason;
const isPromoted = ({ status }: Canary): boolean => status.release?.state === 'Promoted';
const isWaiting = (canary: Canary): boolean => runningRelease(canary)?.state === 'WaitingPromotion';

/** Two Deployments, and an API server that takes patches of stable's as a real one does: one for each version. */
function fleetOf() {
  const { log, lines } = collectLog();
  const canary = workloadObject(CANARY, { image: 'cart:v2', labels: { app: 'cart-canary' } });
  const fleet = {
    lines,
    stable: workloadObject(STABLE, {}),
    version: 7,
    patches: [] as string[],
    refusal: undefined as Error | undefined,
    before: async (): Promise<void> => {},
    /** What a controller, or another writer, makes of stable's. */
    set: (parts: WorkloadParts, metadata: object = {}): void => {
      const next = workloadObject(STABLE, parts);
      const resourceVersion = `${++fleet.version}`;
      fleet.stable = { ...next, metadata: { ...next.metadata, ...metadata, resourceVersion } };
    },
    workloads: readerOf({}),
    templates: createTemplateWriter({ openCluster: async () => ({ patch }), log }),
  };
  fleet.workloads = {
    read: async (...args) => await readerOf({ cart: fleet.stable, 'cart-canary': canary }).read(...args),
  };
  const patch: ClusterApi['patch'] = async (path, operations, { dryRun }) => {
    await fleet.before();
    fleet.patches.push(`${dryRun ? 'dry ' : ''}${path}`);
    if (fleet.refusal !== undefined) throw fleet.refusal;
    if (valueAt(operations, '/metadata/resourceVersion') !== `${fleet.stable.metadata['resourceVersion']}`) {
      throw new ClusterApiError(409, 'Conflict', 'the object has been modified');
    }
    if (dryRun) return fleet.stable;
    const [labels, annotations, spec] = ['metadata/labels', 'metadata/annotations', 'spec'].map((at) =>
      valueAt(operations, `/spec/template/${at}`),
    );
    fleet.set({ ready: 0 });
    fleet.stable = { ...fleet.stable, spec: { replicas: 10, template: { metadata: { labels, annotations }, spec } } };
    return fleet.stable;
  };
  return fleet;
}

function valueAt(operations: readonly SetOperation[], at: string): unknown {
  return operations.find(({ path }) => path === at)?.value;
}

const PATH = '/apis/apps/v1/namespaces/shop/deployments/cart';
const begin = async (): Promise<readonly [ReleaseSimulator, ReturnType<typeof fleetOf>]> => [
  await simulateRelease(COPY, { rps: 1_000 }),
  fleetOf(),
];

describe('promotion Copy', () => {
  test("rehearses at the start, gives stable the canary's Pod template once, and ends when stable is ready", async () => {
    const [release, fleet] = await begin();
    await release.until(({ status }) => status.weights.canary > 0, 60, fleet);
    expect(fleet.patches).toEqual([`dry ${PATH}`]);
    await release.until(reasonIs('StablePodsNotReady'), 60, fleet);
    for (let i = 0; i < 5; i++) await release.pass(fleet);
    expect(fleet.patches).toEqual([`dry ${PATH}`, PATH]);
    expect(fleet.stable).toMatchObject({
      spec: { template: { metadata: { labels: { app: 'cart' } }, spec: { containers: [{ image: 'cart:v2' }] } } },
    });
    expect((await release.canary()).status.weights.canary).toBe(100);
    fleet.set({ image: 'cart:v2' });
    const { status } = await release.until(isPromoted, 5, fleet);
    expect(status).toMatchObject({ phase: 'Succeeded', weights: { stable: 100, canary: 0 } });
  });

  test('is refused before the first share where another program rolls out stable', async () => {
    const [release, fleet] = await begin();
    fleet.set({}, { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } });
    const { status } = await release.until((canary) => canary.status.phase === 'Failed', 5, fleet);
    expect(status.release?.taken.map(({ weight }) => weight)).toEqual([0]);
    const message = status.conditions.find(({ type }) => type === 'Promoted')?.message ?? '';
    expect(JSON.stringify(status.conditions) + message).toMatch(/rolled out by Flux, .*: use Observe/);
    expect(fleet.patches).toEqual([]);
  });

  test.each([
    [
      403,
      /may not patch Deployment cart of namespace shop \(403\): .*--workloads shop --promotion Copy prints the Role/,
    ],
    [422, /refuses the canary's Pod template for Deployment cart \(422\)/],
  ])('has no share while a rehearsal answers %i, and goes on when it is allowed', async (code, sentence) => {
    const [release, fleet] = await begin();
    fleet.refusal = new ClusterApiError(code, 'Refused', 'secret words');
    const { status } = await release.until(reasonIs('WorkloadUnwritable'), 5, fleet);
    expect(status.release?.verdict?.sentence).toMatch(sentence);
    expect(status.weights.canary).toBe(0);
    expect(JSON.stringify(fleet.lines)).not.toContain('secret');
    fleet.refusal = undefined;
    await release.until(isWaiting, 60, fleet);
  });

  test('takes a webhook that knows no dry runs for none, and waits without a bound where the real patch fails', async () => {
    const [release, fleet] = await begin();
    fleet.refusal = new ClusterApiError(400, 'BadRequest', 'no dry runs');
    await release.until((canary) => isWaiting(canary) && reasonIs('WorkloadUnwritable')(canary), 60, fleet);
    for (let i = 0; i < 200; i++) await release.pass(fleet);
    expect((await release.canary()).status).toMatchObject({ phase: 'WaitingPromotion', weights: { canary: 100 } });
  });

  test('reads again where another writer was faster, and leaves alone what is neither version', async () => {
    const [release, fleet] = await begin();
    await release.until(isWaiting, 60, fleet);
    fleet.before = async () => fleet.set({ replicas: 11 });
    for (let i = 0; i < 3; i++) await release.pass(fleet);
    expect(isWaiting(await release.canary())).toBe(true);
    fleet.before = async () => {};
    fleet.set({ image: 'cart:hotfix' });
    const { length } = fleet.patches;
    const { status } = await release.until(reasonIs('StableChanged'), 5, fleet);
    expect(status.release?.verdict?.sentence).toMatch(/^another writer changed Deployment cart .*app\].image.*differs/);
    expect(fleet.patches).toHaveLength(length);
  });

  test('writes nothing behind an abort that came between the look and the patch', async () => {
    const [release, fleet] = await begin();
    await release.until(isWaiting, 60, fleet);
    await release.pass(fleet);
    const { getCanary } = release.store;
    const late = async (...args: Parameters<typeof getCanary>) => {
      await abortRelease(release.use.call(), 'slow');
      return await getCanary(...args);
    };
    const patched = fleet.patches.length;
    await release.pass({ ...fleet, canaries: { ...release.store, getCanary: late } });
    expect(fleet.patches).toHaveLength(patched);
    expect((await release.canary()).status).toMatchObject({ phase: 'Failed', weights: { canary: 0 } });
  });

  test('killed before or behind its patch is done once', async () => {
    for (const side of ['before', 'behind'] as const) {
      const [release, fleet] = await begin();
      await release.until(isWaiting, 60, fleet);
      let isKilled = false;
      const killed: TemplateWriter = {
        write: async (...args) => {
          isKilled = true;
          if (side === 'behind') await fleet.templates.write(...args);
          throw new Error('killed');
        },
      };
      for (let i = 0; i < 12 && !isKilled; i++) {
        await release.pass({ ...fleet, templates: killed }).catch(() => undefined);
      }
      await release.until(reasonIs('StablePodsNotReady'), 5, fleet);
      expect(fleet.patches.filter((path) => path === PATH)).toHaveLength(1);
    }
  });
});
