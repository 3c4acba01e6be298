import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { PLACES } from '../../functions/registration/objects/registered-objects.ts';
import { registeredUrl } from '../../functions/registration/objects/registered-url.ts';
import { registerCluster } from '../../functions/registration/register-cluster.ts';
import type { RegistrationSpec } from '../../functions/registration/registrar.ts';
import { verifyCluster } from '../../functions/registration/verify-cluster.ts';
import { at } from '../support/values.ts';
import { BIN, type RegistrationBed, startRegistrationBed } from './support/registration-bed.ts';
import { whyNotApiServer } from './support/requirements.ts';
import { run } from './support/scripts.ts';
import { describeReal } from './support/suite.ts';

const WEBHOOK = 'mutatingwebhookconfiguration.admissionregistration.k8s.io/outrigger';
const POLICY = 'validatingadmissionpolicy.admissionregistration.k8s.io/outrigger';
const BINDING = 'validatingadmissionpolicybinding.admissionregistration.k8s.io/outrigger';
const signal = new AbortController().signal;

await describeReal('registration with a real API server', whyNotApiServer, () => {
  let bed: RegistrationBed;
  let [shop, bank]: string[] = [];
  let first = 0;
  beforeAll(async () => {
    bed = await startRegistrationBed();
    [shop, bank] = [await bed.cluster.namespace(), await bed.cluster.namespace()];
    // That of the record which npm start wrote; rotations count on from there.
    first = Number((await record())['epoch']);
  });
  afterAll(async () => await bed?.stop());

  const pod = (metadata: object = {}, spec: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'p-', ...metadata },
    spec: { containers: [{ name: 'app', image: 'busybox' }], ...spec },
  });
  /** The names of the containers that a Pod would have. */
  const containersOf = async (namespace = '', object = pod()): Promise<readonly string[]> => {
    const created = await bed.cluster.createPod(namespace, object, ['--dry-run=server']);
    return created.spec?.containers.map((c) => c.name) ?? [];
  };
  const isInjected = async (namespace?: string): Promise<boolean> => (await containersOf(namespace)).includes('envoy');
  /** What kubectl says when it makes a Pod. */
  const said = async (namespace = '', object = pod()): Promise<string> =>
    await bed.cluster.api
      .kubectl(['create', '-n', namespace, '--dry-run=server', '-f', '-'], JSON.stringify(object))
      .then(({ stderr }) => stderr, String);
  const urlNow = async (): Promise<string> => String(registeredUrl(await bed.api.get(PLACES.webhook.path, signal)));
  const record = async (cluster = 'local'): Promise<Record<string, unknown>> =>
    parse(await readFile(join(bed.endpoint.stateDir, 'clusters', `${cluster}.yaml`), 'utf8'));
  const LOCAL = { fleet: 'default', cluster: 'local' };
  const spec = async (): Promise<RegistrationSpec> => ({
    ...LOCAL,
    endpoint: { url: bed.endpoint.url, ca: await readFile(bed.endpoint.caFile ?? '', 'utf8') },
    ...{ failurePolicy: 'Ignore', reinvocationPolicy: 'Never', timeoutSeconds: 3, companionPolicy: 'Warn' },
    keepsDiscovery: true,
  });
  const generation = async (path: string): Promise<unknown> =>
    at(await bed.api.get(path, signal), 'metadata', 'generation');

  test('a dry run changes nothing: not on the client, not on the server', async () => {
    const before = await record();
    const client = await bed.outrigger('register', '--dry-run=client');
    expect(parse(client.stdout).items.map((o: unknown) => at(o, 'kind'))).toEqual([
      'MutatingWebhookConfiguration',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
    ]);
    const server = await bed.outrigger('register', '--dry-run=server');
    expect(server).toMatchObject({ code: 0, stderr: '' });
    expect(server.stdout).toContain(`${WEBHOOK} created (server dry run)`);
    expect(await bed.api.get(PLACES.webhook.path, signal)).toBeUndefined();
    expect(await record()).toEqual(before);
  });

  test('in one namespace first, then everywhere, and twice is once', async () => {
    const made = await bed.outrigger('register', '--namespaces', shop ?? '');
    expect(made).toEqual({
      code: 0,
      stdout: `${WEBHOOK} created\n${POLICY} created\n${BINDING} created\n`,
      stderr: '',
    });
    await bed.until(async () => await isInjected(shop));
    expect(await isInjected(bank)).toBe(false);
    const everywhere = await bed.outrigger('register');
    expect(everywhere.stdout).toBe(`${WEBHOOK} configured\n${POLICY} configured\n${BINDING} unchanged\n`);
    await bed.until(async () => await isInjected(bank));
    const before = await Promise.all(Object.values(PLACES).map(({ path }) => generation(path)));
    expect((await bed.outrigger('register')).stdout).toBe(
      `${WEBHOOK} unchanged\n${POLICY} unchanged\n${BINDING} unchanged\n`,
    );
    expect(await Promise.all(Object.values(PLACES).map(({ path }) => generation(path)))).toEqual(before);
    expect(first).toBeGreaterThan(Date.parse('2026-01-01') / 1_000);
    expect(await record()).toMatchObject({
      epoch: first,
      minEpoch: first,
      audience: 'outrigger/default',
      defaultTemplates: ['envoy-initializer'],
    });
    expect(await bed.outrigger('verify')).toEqual({
      code: 0,
      stdout: `cluster/local is as it was registered (epoch ${first})\n`,
      stderr: '',
    });
  });

  test('Pod Security levels are in the record, and verify brings them up to date', async () => {
    await bed.cluster.api.kubectl(['label', 'namespace', bank ?? '', 'pod-security.kubernetes.io/enforce=baseline']);
    expect((await bed.outrigger('verify')).code).toBe(0);
    expect(at(await record(), 'podSecurity')).toEqual({
      default: 'privileged',
      namespaces: { [bank ?? '']: 'baseline' },
    });
    await bed.cluster.api.kubectl(['label', 'namespace', bank ?? '', 'pod-security.kubernetes.io/enforce-']);
    expect((await bed.outrigger('verify')).code).toBe(0);
    expect(at(await record(), 'podSecurity', 'namespaces')).toEqual({});
  });

  test('status says how it stands, and no token', async () => {
    const { stdout, code } = await bed.outrigger('status');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`Registered: +yes, epoch ${first} at https://127`));
    expect(stdout).toMatch(new RegExp(`Opted in: +${shop}, ${bank}`));
    expect(stdout).not.toContain('eyJ');
  });

  describe('verify says what was changed', () => {
    const patch = async (resource: string, change: object): Promise<void> => {
      await bed.cluster.api.kubectl(['patch', resource, 'outrigger', '--type=json', '-p', JSON.stringify([change])]);
    };
    const replace = (path: string, value: unknown): object => ({ op: 'replace', path, value });
    const add = (path: string, value: unknown): object => ({ op: 'add', path, value });
    const webhook = 'webhooks[inject.outrigger.dev]';

    test.each<[resource: string, change: object, sentence: string]>([
      [
        'mutatingwebhookconfiguration',
        replace('/webhooks/0/failurePolicy', 'Fail'),
        `${webhook}.failurePolicy: is "Fail", should be "Ignore"`,
      ],
      [
        'mutatingwebhookconfiguration',
        replace('/webhooks/0/timeoutSeconds', 30),
        `${webhook}.timeoutSeconds: is 30, should be 3`,
      ],
      [
        'mutatingwebhookconfiguration',
        replace('/webhooks/0/clientConfig/url', 'https://elsewhere.example/x'),
        `${webhook}.clientConfig.url: is https://elsewhere.example, with no token of this cluster, should be epoch FIRST at https://127`,
      ],
      [
        'mutatingwebhookconfiguration',
        replace('/webhooks/0/namespaceSelector', {}),
        `${webhook}.namespaceSelector: is {}, should be {"matchLabels"`,
      ],
      [
        'mutatingwebhookconfiguration',
        add('/webhooks/0/objectSelector/matchLabels', { no: 'pod' }),
        `${webhook}.objectSelector: is {"matchLabels":{"no":"pod"}}, should be {}`,
      ],
      [
        'mutatingwebhookconfiguration',
        add('/webhooks/0/matchConditions/-', { name: 'never', expression: 'false' }),
        `${webhook}.matchConditions[never]: is there, should not be`,
      ],
      [
        'mutatingwebhookconfiguration',
        { op: 'remove', path: '/webhooks/0/matchConditions/0' },
        `${webhook}.matchConditions[not-a-mirror-pod]: is missing`,
      ],
      [
        'mutatingwebhookconfiguration',
        { op: 'remove', path: '/metadata/annotations' },
        'metadata.annotations: is missing, should be {"admissions.enforcer/disabled":"true"}',
      ],
      [
        'validatingadmissionpolicy',
        replace('/spec/validations/0/expression', 'true'),
        'spec.validations[0].expression: is "true"',
      ],
      [
        'validatingadmissionpolicybinding',
        replace('/spec/validationActions/0', 'Audit'),
        'spec.validationActions[0]: is "Audit", should be "Warn"',
      ],
    ])('%s %j', async (resource, change, sentence) => {
      await patch(resource, change);
      const { findings } = await verifyCluster(LOCAL, bed.tools, signal);
      expect(findings.map((f) => f.message)).toEqual([
        expect.stringContaining(sentence.replace('FIRST', String(first))),
      ]);
      expect(findings[0]?.message).not.toContain('eyJ');
      // What somebody added to a list is theirs, whoever registers.
      if (sentence.includes('is there')) {
        await patch(resource, { op: 'remove', path: '/webhooks/0/matchConditions/2' });
      }
      if (resource.endsWith('binding')) await bed.cluster.api.kubectl(['delete', resource, 'outrigger']);
      await registerCluster(await spec(), bed.tools, { force: true, dryRun: false }, signal);
      expect((await verifyCluster(LOCAL, bed.tools, signal)).findings).toEqual([]);
    });

    test('an object that is gone, and another webhook to the same endpoint', async () => {
      await bed.cluster.api.kubectl(['delete', 'validatingadmissionpolicybinding', 'outrigger']);
      const { stdout } = await bed.cluster.api.kubectl([
        'get',
        'mutatingwebhookconfiguration',
        'outrigger',
        '-o',
        'json',
      ]);
      const twin = { ...JSON.parse(stdout), metadata: { name: 'twin' } };
      await bed.cluster.api.kubectl(['create', '-f', '-'], JSON.stringify(twin));
      const seen = await bed.outrigger('verify');
      expect(seen.stdout).toBe(
        `${BINDING}: is missing\n` +
          'mutatingwebhookconfiguration.admissionregistration.k8s.io/twin: sends Pods to this endpoint too; delete it\n',
      );
      await bed.cluster.api.kubectl(['delete', 'mutatingwebhookconfiguration', 'twin']);
      expect((await bed.outrigger('register')).stdout).toContain(`${BINDING} created`);
    });
  });

  test('a field that another manager owns is not taken without being asked', async () => {
    await bed.cluster.api.kubectl(
      ['apply', '--server-side', '--force-conflicts', '--field-manager=gitops', '-f', '-'],
      JSON.stringify({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingWebhookConfiguration',
        metadata: { name: 'outrigger', labels: { 'app.kubernetes.io/name': 'theirs' } },
      }),
    );
    const refused = await bed.outrigger('register');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /conflict with "gitops".*metadata\.labels\.app\.kubernetes\.io\/name.*--force-conflicts/s,
    );
    expect((await bed.outrigger('register', '--force-conflicts')).stdout).toContain(`${WEBHOOK} configured`);
  });

  test('a rotation under a stream of Pods: none fails, none is bare, and the old token is refused', async () => {
    const old = await urlNow();
    const stream = { isOn: true };
    const made: boolean[] = [];
    const failed: unknown[] = [];
    await bed.outrigger('register', '--failure-policy', 'Fail');
    const worker = async (): Promise<void> => {
      while (stream.isOn) {
        const body = {
          metadata: { generateName: 'stream-' },
          spec: { containers: [{ name: 'app', image: 'busybox' }] },
        };
        await bed.cluster.core.createNamespacedPod({ namespace: shop ?? '', body }).then(
          (created) => made.push(created.spec?.containers.some((c) => c.name === 'envoy') === true),
          (error: unknown) => failed.push(error),
        );
      }
    };
    const workers = [worker(), worker()];
    const rotated = await bed.outrigger('rotate', '--grace-period', '3s');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    stream.isOn = false;
    await Promise.all(workers);
    process.stdout.write(
      `rotation: ${made.length} Pods made, ${failed.length} failed, ${made.filter((i) => !i).length} bare\n`,
    );
    expect(rotated).toMatchObject({ code: 0, stdout: `cluster/local rotated from epoch ${first} to ${first + 1}\n` });
    expect(failed).toEqual([]);
    expect(made.filter((injected) => !injected)).toEqual([]);
    expect(made.length).toBeGreaterThan(20);
    expect(await urlNow()).not.toBe(old);
    expect(await record()).toMatchObject({ epoch: first + 1, minEpoch: first + 1 });
    expect(await bed.outrigger('verify')).toMatchObject({
      code: 0,
      stdout: `cluster/local is as it was registered (epoch ${first + 1})\n`,
    });
    // What stands in local.json is what is registered.
    expect(JSON.parse(await readFile(join(bed.endpoint.stateDir, 'local.json'), 'utf8')).webhookUrl).toBe(
      await urlNow(),
    );
    await bed.cluster.register(
      { url: old, ca: await readFile(bed.endpoint.caFile ?? '', 'utf8'), failurePolicy: 'Fail' },
      undefined,
      'old',
    );
    await bed.until(async () => (await said(shop)).includes('is not valid'));
    await bed.cluster.api.kubectl(['delete', 'mutatingwebhookconfiguration', 'old']);
    await bed.until(async () => await isInjected(shop));
  });

  test('a rotation that was cut short is ended by the next one, and a deployment between them lowers nothing', async () => {
    const cut = await bed.outrigger('rotate', '--grace-period', '60s', '--timeout', '5s');
    expect(cut).toMatchObject({ code: 1, stdout: '' });
    expect(cut.stderr).toMatch(/longer than 5 s .*run it again/);
    expect(await record()).toMatchObject({ epoch: first + 2, minEpoch: first + 1 });
    expect((await bed.outrigger('register', '--failure-policy', 'Fail')).stdout).toContain(`${WEBHOOK} unchanged`);
    expect((await bed.outrigger('verify')).stderr).toContain('a rotation was begun and not ended');
    expect(await bed.outrigger('rotate', '--grace-period', '1s')).toMatchObject({
      code: 0,
      stdout: `cluster/local rotated from epoch ${first + 1} to ${first + 2}\n`,
      stderr: expect.stringContaining(`going on with the rotation to epoch ${first + 2}`),
    });
    expect(await record()).toMatchObject({ epoch: first + 2, minEpoch: first + 2 });
  });

  describe('the companion policy', () => {
    /** Takes the webhook away behind the policy's back: what an endpoint that does not answer comes to under Ignore. */
    const withoutWebhook = async (): Promise<void> => {
      await bed.cluster.api.kubectl(['delete', 'mutatingwebhookconfiguration', 'outrigger']);
      await bed.until(
        async () =>
          !(
            await containersOf(shop, pod({ annotations: { 'outrigger.dev/templates': 'envoy-initializer' } }))
          ).includes('envoy'),
      );
    };

    test('warns of a Pod that should have the sidecar and has not', async () => {
      await bed.outrigger('register', '--companion-policy', 'Warn');
      await bed.until(async () => await isInjected(shop));
      expect(await said(shop)).toBe('');
      await withoutWebhook();
      expect(await said(shop)).toMatch(
        /^Warning: .*made without envoy of template envoy-initializer.*opt out by the label/,
      );
    });

    test('Deny refuses it, and says how to go on', async () => {
      await bed.outrigger('register', '--companion-policy', 'Deny');
      await bed.until(async () => await isInjected(shop));
      await withoutWebhook();
      // Until the API server has the new binding too, it only warns.
      const isRefused = (text: string): boolean => /is forbidden|is invalid|denied/.test(text);
      await bed.until(async () => isRefused(await said(shop)));
      expect(await said(shop)).toMatch(/made without envoy/);
    });

    test.each<[string, object]>([
      ['opted out by label', pod({ labels: { 'outrigger.dev/inject': 'false' } })],
      ['opted out by annotation', pod({ annotations: { 'outrigger.dev/inject': 'false' } })],
      ['with templates of its own choice', pod({ annotations: { 'outrigger.dev/templates': 'labels' } })],
      ['on the host network', pod({}, { hostNetwork: true })],
      ['on Windows', pod({}, { os: { name: 'windows' } })],
      ['on Windows by node', pod({}, { nodeSelector: { 'kubernetes.io/os': 'windows' } })],
    ])('lets a Pod pass that is %s', async (_case, object) => {
      expect(await containersOf(shop, object)).toEqual(['app']);
    });

    test('looks into no other namespace', async () => {
      expect(await containersOf(await bed.cluster.namespace(false))).toEqual(['app']);
      expect(
        await containersOf(
          'kube-system',
          pod({}, { serviceAccountName: 'default', automountServiceAccountToken: false }),
        ).catch(String),
      ).not.toContain('made without');
    });

    test('follows the selectors of the record; a record that moved on is seen by verify', async () => {
      const file = await record();
      const neverSelectors = [
        { matchLabels: { tier: 'batch' } },
        { matchExpressions: [{ key: 'job', operator: 'Exists' }] },
      ];
      await bed.endpoint.writeRecord({
        ...file,
        policy: 'disabled',
        neverSelectors,
        alwaysSelectors: [
          {
            matchExpressions: [
              { key: 'app', operator: 'In', values: ['web', 'api'] },
              { key: 'old', operator: 'NotIn', values: ['yes'] },
              { key: 'gone', operator: 'DoesNotExist' },
            ],
          },
        ],
      });
      const seen = await bed.outrigger('verify');
      expect(seen.stdout).toContain(`${POLICY}: spec.matchConditions`);
      await bed.outrigger('register', '--companion-policy', 'Deny');
      await withoutWebhook();
      await bed.until(async () => (await said(shop)) === '');
      const verdicts = await Promise.all(
        [
          {},
          { app: 'web' },
          { app: 'web', tier: 'batch' },
          { app: 'api', job: 'x' },
          { app: 'api', old: 'yes' },
          { app: 'api', gone: '' },
          { app: 'other' },
          { tier: 'batch', 'outrigger.dev/inject': 'true' },
        ].map(async (labels) => (await said(shop, pod({ labels }))).includes('made without')),
      );
      expect(verdicts).toEqual([false, true, false, false, false, false, false, true]);
      await bed.endpoint.writeRecord(file);
      await bed.outrigger('register');
    });
  });

  test('another cluster of the same endpoint has a name, a record and a token of its own', async () => {
    const other = await bed.outrigger(
      'register',
      '--cluster',
      'eu-1',
      '--default-templates',
      'envoy-initializer',
      '--force-conflicts',
    );
    expect(other).toMatchObject({ code: 0 });
    expect(await urlNow()).toContain('/v1/mutate/eu-1/');
    await bed.until(async () => await isInjected(shop));
    const { epoch, minEpoch, defaultTemplates } = await record('eu-1');
    expect([Number(epoch) > first, minEpoch, defaultTemplates]).toEqual([true, epoch, ['envoy-initializer']]);
    expect((await bed.outrigger('verify', '--cluster', 'eu-1')).code).toBe(0);
    expect((await bed.outrigger('verify')).stdout).toContain('with no token of this cluster, should be epoch');
    expect((await bed.outrigger('register')).code).toBe(0);
  });

  test('the rights of outrigger cluster rbac suffice for all of it, and for nothing else', async () => {
    const { stdout: yaml } = await run(process.execPath, [BIN, 'cluster', 'rbac']);
    await bed.cluster.api.kubectl(['apply', '-f', '-'], yaml);
    const can = async (verb: string, what: string): Promise<string> =>
      await bed.cluster.api
        .kubectl([
          'auth',
          'can-i',
          verb,
          what,
          '--as=x',
          '--as-group=outrigger:registrar',
          '--as-group=system:authenticated',
        ])
        .then(
          ({ stdout }) => stdout.trim(),
          () => 'no',
        );
    const kinds = ['mutatingwebhookconfigurations', 'validatingadmissionpolicies', 'validatingadmissionpolicybindings'];
    for (const kind of kinds) {
      for (const verb of ['create', 'get', 'patch', 'delete']) {
        const what = verb === 'create' ? kind : `${kind}/outrigger`;
        expect([what, verb, await can(verb, what)]).toEqual([what, verb, 'yes']);
      }
      expect(await can('patch', `${kind}/another`)).toBe('no');
      expect(await can('delete', `${kind}/another`)).toBe('no');
    }
    expect(await can('list', 'namespaces')).toBe('yes');
    for (const what of ['secrets', 'pods', 'configmaps']) expect(await can('list', what)).toBe('no');
  });

  test('unregistering leaves nothing behind, and Pods pass', async () => {
    const gone = await bed.outrigger('unregister');
    expect(gone).toMatchObject({
      code: 0,
      stdout: `${BINDING} deleted\n${POLICY} deleted\n${WEBHOOK} deleted\ncluster/local unregistered\n`,
    });
    for (const { path } of Object.values(PLACES)) expect(await bed.api.get(path, signal)).toBeUndefined();
    expect(await containersOf(shop)).toEqual(['app']);
    expect(await record()).toMatchObject({
      epoch: first + 3,
      minEpoch: first + 3,
      defaultTemplates: ['envoy-initializer'],
    });
    expect(await bed.outrigger('unregister')).toMatchObject({ code: 0, stdout: 'cluster/local unregistered\n' });
    expect(await record()).toMatchObject({ epoch: first + 3 });
    expect((await bed.outrigger('verify')).stderr).toMatch(/is not registered; do it with/);
  });

  test('registered again it has a token that is good; with the cluster gone its record can be closed', async () => {
    expect((await bed.outrigger('register')).code).toBe(0);
    await bed.until(async () => await isInjected(shop));
    // The file goes with the API server.
    const kubeconfig = join(bed.endpoint.stateDir, 'kubeconfig');
    await copyFile(bed.cluster.api.kubeconfig, kubeconfig);
    await bed.cluster.stop();
    const refused = await bed.outrigger('unregister', '--kubeconfig', kubeconfig);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/cannot be reached/);
    expect(await bed.outrigger('unregister', '--cluster-gone', '--delete-record')).toMatchObject({ code: 0 });
    await expect(record()).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
