import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTemplateWriter } from '../../functions/advance/workloads/template-writer.ts';
import { copyDifference, copyOf } from '../../functions/canary/workloads/template-copy.ts';
import type { Workload } from '../../functions/canary/workloads/workload.ts';
import { workloadRules } from '../../functions/registration/access-rules.ts';
import { collectLog } from '../support/log-lines.ts';
import { whyNotApiServer } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';
import { startWorkloadBed, type WorkloadBed } from './support/workload-bed.ts';

await describeReal('promotion Copy, on a real API server', whyNotApiServer, () => {
  let bed: WorkloadBed;
  beforeAll(async () => {
    bed = await startWorkloadBed();
  });
  afterAll(async () => await bed?.cluster.stop());

  test.each([
    'Deployment',
    'StatefulSet',
  ] as const)('promotion Copy of a %s: by its own Role, rehearsed, under the version that was read, once', async (kind) => {
    const { cluster, api: reader, shop, bank, grant, seen, create } = bed;
    const [old, next] = [
      { kind, name: `old-${kind.toLowerCase()}` },
      { kind, name: `new-${kind.toLowerCase()}` },
    ];
    await create(old);
    await create(next, shop, 'cart:v2');
    const { log: writerLog } = collectLog();
    const writer = createTemplateWriter({ openCluster: async () => reader, log: writerLog });
    const target = { cluster: 'real', namespace: shop, ref: old };
    const [stable, canary] = [await seen(old), await seen(next)];
    const template = copyOf(stable.podTemplate, canary.podTemplate);
    const write = async (from: Workload, isRehearsal: boolean) =>
      await writer.write(target, from, template, isRehearsal, AbortSignal.timeout(60_000));
    const who = ['-n', shop, '--role=outrigger-promotion', `--serviceaccount=${shop}:default`];
    await cluster.api.kubectl(['delete', 'rolebinding', 'promoter', '-n', shop, '--ignore-not-found']);
    expect(await write(stable, true)).toEqual({
      unwritable: expect.stringContaining('--promotion Copy prints the Role'),
    });
    await grant(workloadRules(shop, 'Copy'));
    await cluster.api.kubectl(['create', 'rolebinding', 'promoter', ...who]);
    // The authorizer sees a binding a moment later.
    await expect.poll(async () => await write(stable, true), { timeout: 20_000 }).toBe('written');
    expect((await seen(old)).podTemplate).toEqual(stable.podTemplate);
    const of = [kind.toLowerCase(), old.name, '-n', shop];
    await cluster.api.kubectl(['scale', ...of, '--replicas=5']);
    expect(await write(stable, false)).toBe('changed');
    expect(await write(await seen(old), false)).toBe('written');
    const copied = await seen(old);
    expect(copyDifference(copied.podTemplate, canary.podTemplate)).toBeUndefined();
    expect(copied).toMatchObject({ replicas: 5, podTemplate: { labels: { app: old.name } } });
    // As stored, so that a second patch makes no new revision.
    const { stdout: generation } = await cluster.api.kubectl(['get', ...of, '-o', 'jsonpath={.metadata.generation}']);
    expect(await write(copied, false)).toBe('written');
    const { stdout: again } = await cluster.api.kubectl(['get', ...of, '-o', 'jsonpath={.metadata.generation}']);
    expect(again).toBe(generation);
    expect(copied.manager).toBeUndefined();
    const refused = { ...template, labels: { app: 'other' } };
    const signal = AbortSignal.timeout(60_000);
    expect(await writer.write(target, await seen(old), refused, true, signal)).toEqual({
      unwritable: expect.stringContaining('(422)'),
    });
    await cluster.api.kubectl(
      ['apply', '--server-side', '--field-manager=argocd-controller', '-f', '-'],
      JSON.stringify({
        ...{ apiVersion: 'apps/v1', kind, metadata: { name: old.name, namespace: shop, labels: { by: 'git' } } },
      }),
    );
    expect((await seen(old)).manager).toBe('Argo CD');
    await expect(
      reader.patch(`/apis/apps/v1/namespaces/${bank}/deployments/x`, [], { dryRun: true }, signal),
    ).rejects.toMatchObject({ status: 403 });
  });
});
