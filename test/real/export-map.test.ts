import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXPORT_CASES, EXPORT_PODS, type ExportCase } from '../support/export-cases.ts';
import { whyNotApiServer } from './support/requirements.ts';
import { run } from './support/scripts.ts';
import { normalised } from './support/stored-pods.ts';
import { describeReal } from './support/suite.ts';
import { startTestCluster, type TestCluster } from './support/test-cluster.ts';

const BIN = join(import.meta.dirname, '..', '..', 'infra', 'cli', 'bin.mjs');
/** The API server looks for new policies about once a second. */
const SEEN_MS_MAX = 30_000;
const POLICIES = 'mutatingadmissionpolicies,mutatingadmissionpolicybindings';

const podOf = (metadata: object, spec: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
  spec: { containers: [{ name: 'app', image: 'app:1' }], ...spec },
});

await describeReal('a template exported as a MutatingAdmissionPolicy', whyNotApiServer, () => {
  let cluster: TestCluster;
  const folders: string[] = [];
  beforeAll(async () => {
    cluster = await startTestCluster();
  });
  afterAll(async () => {
    await cluster?.stop();
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
  });

  /** What becomes of Pods in a namespace of their own: the Pod as it is stored, or that it is refused. */
  async function createAll(pods: Readonly<Record<string, object>>): Promise<Record<string, unknown>> {
    const namespace = await cluster.namespace();
    const made: Record<string, unknown> = {};
    for (const [name, pod] of Object.entries(pods)) {
      const stored = await cluster.core.createNamespacedPod({ namespace, body: pod }).then(normalised, () => 'refused');
      // Replicas differ in their names, and conditions in their time.
      const text = JSON.stringify(stored).replaceAll(/"web-[a-z0-9]{5}"/g, '"web-"');
      made[name] = JSON.parse(text.replaceAll(/"lastTransitionTime":"[^"]*"/g, '"lastTransitionTime":""'));
    }
    return made;
  }

  const recordOf = (name: string, { record = { defaultTemplates: [name] } }: ExportCase): string =>
    JSON.stringify(record);

  /** The manifests, as people get them: by the command, from the folders that a gateway serves. */
  async function exported(name: string, exportCase: ExportCase, ...args: readonly string[]): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'outrigger-export-'));
    folders.push(folder);
    await Promise.all(['templates', 'clusters'].map((dir) => mkdir(join(folder, dir))));
    await writeFile(join(folder, 'templates', `${name}.yaml`), exportCase.source);
    await writeFile(join(folder, 'clusters', 'local.yaml'), recordOf(name, exportCase));
    const where = ['--templates', join(folder, 'templates'), '--state-dir', folder];
    return (await run(process.execPath, [BIN, 'export', 'map', name, ...where, ...args])).stdout;
  }

  async function apply(manifests: string): Promise<void> {
    await cluster.api.kubectl(['apply', '-f', '-'], manifests);
  }

  /** Waits until a Pod that names the template gets it, or does no longer. */
  async function waitFor(template: string, isThere: boolean): Promise<void> {
    const namespace = await cluster.namespace();
    const probe = podOf(
      { name: 'probe', annotations: { 'outrigger.dev/templates': template } },
      // For the templates that stand beside other containers, and mount other volumes.
      {
        volumes: [{ name: 'data', emptyDir: { sizeLimit: '1Gi' } }],
        initContainers: [{ name: 'prepare', image: 'p:1' }],
      },
    );
    const limit = Date.now() + SEEN_MS_MAX;
    for (;;) {
      const pod = await cluster.createPod(namespace, probe, ['--dry-run=server']);
      if ((pod.metadata?.annotations?.['outrigger.dev/status'] !== undefined) === isThere) return;
      if (Date.now() > limit) throw new Error(`the policy of ${template} is still ${isThere ? 'not ' : ''}there`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async function removePolicies(template: string): Promise<void> {
    await cluster.api.kubectl(['delete', POLICIES, '--all']);
    await waitFor(template, false);
  }

  async function registerWebhook(name: string, exportCase: ExportCase): Promise<void> {
    const files = { [`${name}.yaml`]: exportCase.source };
    const gateway = await cluster.gateway(files, recordOf(name, exportCase));
    await cluster.register({ url: gateway.endpoint.webhookUrl, ca: gateway.ca, failurePolicy: 'Fail' });
  }

  describe.each(Object.entries(EXPORT_CASES))('%s', (name, exportCase) => {
    test('every Pod becomes what the webhook makes of it', async () => {
      await registerWebhook(name, exportCase);
      const byWebhook = await createAll(EXPORT_PODS);
      await cluster.unregister();
      await apply(await exported(name, exportCase, '--failure-policy', 'Fail', '--reinvocation-policy', 'IfNeeded'));
      await waitFor(name, true);
      const byPolicy = await createAll(EXPORT_PODS);
      await removePolicies(name);
      for (const pod of Object.keys(EXPORT_PODS)) expect.soft(byPolicy[pod], pod).toEqual(byWebhook[pod]);
      // The table would show nothing if few were changed.
      const changed = Object.values(byWebhook).filter((pod) => JSON.stringify(pod).includes(`"name\\":\\"${name}\\"`));
      expect(changed.length).toBeGreaterThanOrEqual(exportCase.changed);
    });
  });

  const ENVOY = 'envoy-initializer';
  const caseOf = (name: string): ExportCase => EXPORT_CASES[name] ?? { source: '', changed: 0 };

  /** Somebody else's policy: a container, a volume, and on every call one more count in an annotation. */
  const FOREIGN = (name: string): string => `
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: { name: ${name} }
spec:
  failurePolicy: Fail
  reinvocationPolicy: IfNeeded
  matchConstraints:
    resourceRules: [{ apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods] }]
  mutations:
    - patchType: JSONPatch
      jsonPatch:
        expression: |
          object.spec.containers.exists(c, c.name == "foreign") ? [] : [
            JSONPatch{op: "add", path: "/spec/containers/-", value: {"name": "foreign", "image": "foreign:1"}}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: { name: ${name} }
spec: { policyName: ${name} }
`;

  test.each(['aa-before', 'zz-after'])("beside somebody else's policy %s it adds everything once", async (foreign) => {
    for (const policy of ['Never', 'IfNeeded']) {
      await apply(FOREIGN(foreign));
      await apply(await exported(ENVOY, caseOf(ENVOY), '--failure-policy', 'Fail', '--reinvocation-policy', policy));
      await waitFor(ENVOY, true);
      const namespace = await cluster.namespace();
      const { spec } = await cluster.createPod(namespace, podOf({ name: 'both' }));
      expect(spec?.containers.map((c) => c.name).sort(), policy).toEqual(['app', 'envoy', 'foreign']);
      expect(
        spec?.volumes?.filter((v) => v.name === 'envoy-conf'),
        policy,
      ).toHaveLength(1);
      await removePolicies(ENVOY);
    }
  });

  test('with the webhook registered too, nothing is added twice, and the webhook has nothing to do', async () => {
    const alone = await (async () => {
      await apply(await exported(ENVOY, caseOf(ENVOY)));
      await waitFor(ENVOY, true);
      return await createAll({ bare: podOf({ name: 'bare' }) });
    })();
    const gateway = await cluster.gateway({ [`${ENVOY}.yaml`]: caseOf(ENVOY).source }, recordOf(ENVOY, caseOf(ENVOY)));
    await cluster.register({ url: gateway.endpoint.webhookUrl, ca: gateway.ca, failurePolicy: 'Fail' });
    expect(await createAll({ bare: podOf({ name: 'bare' }) })).toEqual(alone);
    expect(gateway.log.at(-1)).toMatchObject({ reason: 'AlreadyInjected' });
    await cluster.unregister();
    await removePolicies(ENVOY);
  });

  test('what stands in the way is said under Fail, and under Ignore the Pod is left as it is', async () => {
    const clash = podOf({ name: 'clash' }, { containers: [{ name: 'envoy', image: 'other:1' }] });
    const asked = podOf({ name: 'asked', annotations: { 'parameters.outrigger.dev/team': 'payments' } });
    await apply(await exported(ENVOY, caseOf(ENVOY), '--failure-policy', 'Fail'));
    await waitFor(ENVOY, true);
    const namespace = await cluster.namespace();
    await expect(cluster.createPod(namespace, clash)).rejects.toThrow('outrigger: the Pod has another container envoy');
    await apply(await exported('labels', caseOf('labels')));
    await waitFor('labels', true);
    await apply(await exported(ENVOY, caseOf(ENVOY), '--failure-policy', 'Ignore'));
    await expect
      .poll(async () => await cluster.createPod(namespace, clash, ['--dry-run=server']).then(() => 'created', String), {
        timeout: SEEN_MS_MAX,
      })
      .toBe('created');
    // The template `labels` may be left out (failureMode Open), whatever is asked; its parameters are fixed.
    const { metadata } = await cluster.createPod(namespace, asked);
    expect(metadata?.labels).toBeUndefined();
    await removePolicies(ENVOY);
  });

  test('an expression of almost the greatest length is taken', async () => {
    const long = { changed: 0, source: `metadata: { annotations: { example.com/long: ${'x'.repeat(24_500)} } }` };
    await apply(await exported('long', long, '--failure-policy', 'Fail'));
    await waitFor('long', true);
    await removePolicies('long');
  });

  test("a field that the API server does not know would refuse every Pod, whatever the policy's failurePolicy", async () => {
    const known = await exported('default', caseOf('default'));
    await apply(known.replaceAll('/metadata/labels', '/spec/noSuchField'));
    const namespace = await cluster.namespace();
    const asking = podOf({ name: 'asking', annotations: { 'outrigger.dev/templates': 'default' } });
    await expect
      .poll(async () => await cluster.createPod(namespace, asking, ['--dry-run=server']).then(() => '', String), {
        timeout: SEEN_MS_MAX,
      })
      .toContain('noSuchField');
    await cluster.api.kubectl(['delete', POLICIES, '--all']);
  });
});
