import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClusterAccess } from '../../functions/kube-api/cluster-access.ts';
import { type ClusterApi, ClusterApiError, type KubeObject } from '../../functions/kube-api/cluster-api.ts';
import { createClusterApi } from '../../functions/kube-api/https-cluster-api.ts';
import { webhookConfiguration } from '../../functions/registration/objects/webhook-configuration.ts';
import { readKubeconfig } from '../../infra/cli/cluster/kubeconfig.ts';
import { type ApiServer, startApiServer } from './support/api-server.ts';
import { whyNotApiServer } from './support/requirements.ts';
import { describeReal } from './support/suite.ts';

const PATH = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/outrigger';
const APPLY = { force: false, dryRun: false };
const signal = (): AbortSignal => AbortSignal.timeout(600_000);

await describeReal('the calls to a real API server', whyNotApiServer, () => {
  let server: ApiServer;
  let access: ClusterAccess;
  let api: ClusterApi;
  beforeAll(async () => {
    server = await startApiServer();
    access = await readKubeconfig({ kubeconfig: server.kubeconfig }, {});
    api = createClusterApi(access);
  });
  afterAll(async () => await server?.stop());

  function configuration(change: (webhook: Record<string, unknown>) => void = () => undefined): KubeObject {
    const made = webhookConfiguration({ url: 'https://api.example/v1/mutate/c/eyJhbGciOiJFZERTQSJ9.e30.c2ln' });
    for (const webhook of made['webhooks'] as Record<string, unknown>[]) change(webhook);
    const { name } = made['metadata'] as { name: string };
    return { ...made, apiVersion: String(made['apiVersion']), kind: String(made['kind']), metadata: { name } };
  }

  test('nothing, a dry run, an apply, a change, a deletion, and nothing again', async () => {
    expect(await api.get(PATH, signal())).toBeUndefined();
    const dry = await api.apply(PATH, configuration(), { force: false, dryRun: true }, signal());
    expect(dry).toMatchObject({ kind: 'MutatingWebhookConfiguration', webhooks: [{ timeoutSeconds: 3 }] });
    expect(await api.get(PATH, signal())).toBeUndefined();

    const made = await api.apply(PATH, configuration(), APPLY, signal());
    expect(made.metadata['managedFields']).toMatchObject([{ manager: 'outrigger', operation: 'Apply' }]);
    const changed = await api.apply(
      PATH,
      configuration((webhook) => (webhook['failurePolicy'] = 'Fail')),
      APPLY,
      signal(),
    );
    expect(changed).toMatchObject({ webhooks: [{ failurePolicy: 'Fail' }] });
    expect(changed.metadata['uid']).toBe(made.metadata['uid']);
    expect(await api.get(PATH, signal())).toEqual(changed);

    expect(await api.delete(PATH, signal())).toBe(true);
    expect(await api.delete(PATH, signal())).toBe(false);
    expect(await api.get(PATH, signal())).toBeUndefined();
  });

  test('a field that somebody else changed is a conflict, and ours again when it is forced', async () => {
    await api.apply(PATH, configuration(), APPLY, signal());
    const patch = '[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Fail"}]';
    await server.kubectl(['patch', 'mutatingwebhookconfiguration', 'outrigger', '--type=json', '-p', patch]);
    const refused = api.apply(PATH, configuration(), APPLY, signal());
    await expect(refused).rejects.toMatchObject({ status: 409, reason: 'Conflict' });
    await expect(refused).rejects.toThrow(/conflict with "kubectl-patch".*failurePolicy/);
    const forced = await api.apply(PATH, configuration(), { force: true, dryRun: false }, signal());
    expect(forced).toMatchObject({ webhooks: [{ failurePolicy: 'Ignore' }] });
    await api.delete(PATH, signal());
  });

  test('a field that the API server does not know, and a value that it refuses, are said, without the token', async () => {
    const unknown = configuration((webhook) => (webhook['failurePolice'] = 'Fail'));
    await expect(api.apply(PATH, unknown, APPLY, signal())).rejects.toThrow(/failurePolice/);
    const wrong = configuration((webhook) => {
      webhook['clientConfig'] = { url: 'https://api.example/v1/mutate/c/eyJhbGciOiJFZERTQSJ9.e30.c2ln?x=1' };
    });
    const failure = await api.apply(PATH, wrong, APPLY, signal()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ClusterApiError);
    expect(failure).toMatchObject({
      status: 422,
      reason: 'Invalid',
      message: expect.stringContaining('clientConfig.url'),
    });
    expect(String(failure)).not.toContain('eyJ');
  });

  test('a list comes in pages, and each item says what it is', async () => {
    for (let i = 0; i < 5; i++) await server.kubectl(['create', 'namespace', `page-${i}`]);
    await server.kubectl(['label', 'namespace', 'page-3', 'outrigger.dev/injection=enabled']);
    const names: string[] = [];
    for (let next: string | undefined, isFirst = true; isFirst || next !== undefined; isFirst = false) {
      const query = { limit: 2, ...(next === undefined ? {} : { continue: next }) };
      const page = await api.list('/api/v1/namespaces', query, signal());
      expect(page.items.length).toBeLessThanOrEqual(2);
      expect(page.items.every(({ kind, apiVersion }) => kind === 'Namespace' && apiVersion === 'v1')).toBe(true);
      names.push(...page.items.map(({ metadata }) => metadata.name));
      next = page.continue;
    }
    expect(names.filter((name) => name.startsWith('page-'))).toEqual([
      'page-0',
      'page-1',
      'page-2',
      'page-3',
      'page-4',
    ]);
    expect(new Set(names).size).toBe(names.length);
    const query = { limit: 10, labelSelector: 'outrigger.dev/injection=enabled' };
    const labelled = await api.list('/api/v1/namespaces', query, signal());
    expect(labelled.items.map(({ metadata }) => metadata.name)).toEqual(['page-3']);
  });

  test('who is not known is told to mend the credentials, who may not to apply the roles', async () => {
    const { certificate: _, ...stranger } = access;
    const unknown = createClusterApi({ ...stranger, token: async () => 'no-such-token' });
    await expect(unknown.get(PATH, signal())).rejects.toMatchObject({ status: 401 });
    await expect(unknown.get(PATH, signal())).rejects.toThrow(/credentials are not accepted; on EKS .* access entry/);

    await server.kubectl(['create', 'serviceaccount', 'nobody', '-n', 'default']);
    const { stdout } = await server.kubectl(['create', 'token', 'nobody', '-n', 'default']);
    const nobody = createClusterApi({ ...stranger, token: async () => stdout.trim() });
    const failure = nobody.apply(PATH, configuration(), APPLY, signal());
    await expect(failure).rejects.toMatchObject({ status: 403, reason: 'Forbidden' });
    await expect(failure).rejects.toThrow(/cannot patch resource .*outrigger cluster rbac \| kubectl apply -f -$/);
  });

  test('an authority that is not the cluster’s is not trusted', async () => {
    const { ca: _, ...without } = access;
    await expect(createClusterApi(without).get(PATH, signal())).rejects.toMatchObject({
      name: 'ClusterUnreachableError',
      message: expect.stringMatching(/certificate that is not trusted/),
    });
  });
});
