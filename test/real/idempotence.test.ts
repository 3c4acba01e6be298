import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TEMPLATES_DIR_DEFAULT } from '../../infra/local/server/local-store.ts';
import { casesIn } from '../support/golden-cases.ts';
import { whyNotApiServer } from './support/requirements.ts';
import {
  applyClasses,
  asSentAgain,
  normalised,
  readWholePod,
  WHOLE_POD_FLAGS,
  wholePodNamespace,
} from './support/stored-pods.ts';
import { describeReal } from './support/suite.ts';
import { startTestCluster, type TestCluster, type TestGateway } from './support/test-cluster.ts';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'templates');
const PODS: Readonly<Record<string, () => V1Pod>> = {
  bare: () => ({ kind: 'Pod', metadata: { name: 'bare' }, spec: { containers: [{ name: 'app', image: 'app:1' }] } }),
  ...Object.fromEntries(['linux', 'sources', 'hostname'].map((name) => [name, () => readWholePod(name)])),
};
const TEMPLATES = [TEMPLATES_DIR_DEFAULT, FIXTURES].flatMap(casesIn);

/** Templates of both folders, as the files of one. */
async function templateFiles(): Promise<Record<string, string>> {
  const files = [TEMPLATES_DIR_DEFAULT, FIXTURES].map(async (folder) => {
    const names = await readdir(folder);
    return await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const));
  });
  return Object.fromEntries((await Promise.all(files)).flat());
}

await describeReal('an injected Pod, defaulted by the API server and sent again', whyNotApiServer, () => {
  let cluster: TestCluster;
  let gateway: TestGateway;
  beforeAll(async () => {
    cluster = await startTestCluster(WHOLE_POD_FLAGS);
    gateway = await cluster.gateway(await templateFiles(), 'defaultTemplates: []');
    await applyClasses(cluster);
    await cluster.register({ url: gateway.endpoint.webhookUrl, ca: gateway.ca, failurePolicy: 'Fail' });
  });
  afterAll(async () => await cluster?.stop());

  const cases = TEMPLATES.flatMap((template) => Object.keys(PODS).map((pod) => [template, pod] as const));
  test.each(cases)('%s on %s: no operation, and the same Pod', async (template, name) => {
    const pod = PODS[name]?.() ?? expect.fail();
    const annotations = { ...pod.metadata?.annotations, 'outrigger.dev/templates': template };
    const asking = { apiVersion: 'v1', ...pod, metadata: { ...pod.metadata, annotations } };
    const namespace = await wholePodNamespace(cluster);
    // Not stored yet, so that the second one can have the same name: a template may be rendered with it.
    const stored = await cluster.createPod(namespace, asking, ['--dry-run=server']);
    expect(gateway.log.at(-1)).toMatchObject({ reason: 'Injected', dryRun: true });

    const again = await cluster.createPod(namespace, asSentAgain(stored));
    expect(gateway.log.at(-1)).toMatchObject({ reason: 'AlreadyInjected', operations: 0 });
    expect(asSentAgain(again)).toEqual(asSentAgain(stored));
    expect(normalised(again).metadata).toEqual(normalised(stored).metadata);
  });
});
