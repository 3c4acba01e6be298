import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DriftReport } from '../../functions/drift/report.ts';
import { createFileStore } from '../../functions/table/sqlite/file-store.ts';
import { driftText } from '../../infra/cli/cluster/drift-output.ts';
import { TEMPLATES_DIR_DEFAULT } from '../../infra/local/server/local-store.ts';
import { type RunningGateway, serve } from '../../infra/local/server/serve.ts';
import { driftReportOf } from '../support/drift-reports.ts';
import { outrigger, type Run } from '../support/outrigger.ts';

const report: DriftReport = {
  ...driftReportOf('prod'),
  asOf: '2026-11-22T21:00:00.000Z',
  pods: 12,
  workloads: [
    ...driftReportOf('prod').workloads,
    {
      ...{ namespace: 'team', kind: 'Pod', name: 'bare', pods: 1, drifted: 1 },
      ...{ missing: 0, outdated: 0, extra: 1, refused: 0 },
      templates: [{ name: 'old', drift: 'extra', pods: 1, from: ['3'], to: [] }],
      examples: ['bare'],
      advice: 'belongs to no controller: delete it and create it from its manifest',
    },
  ],
};

describe('what is printed', () => {
  test('for people: a table, the sum, and what to do', () => {
    expect(driftText(report, undefined)).toBe(
      `NAMESPACE   KIND         NAME   PODS   MISSING   OUTDATED   EXTRA   TEMPLATES
shop        Deployment   web    3      1         1          0       envoy@8 missing, envoy@7->8
team        Pod          bare   1      0         0          1       old@3 extra

2 of 12 running Pods of prod, as of 2026-11-22T21:00:00.000Z, differ.

To restart them:
  kubectl rollout restart deployment/web -n shop

A restart does not fix these:
  pod/bare -n team: belongs to no controller: delete it and create it from its manifest
`,
    );
  });

  test('-o wide: which would be refused, and some names', () => {
    const [titles, web] = driftText(report, 'wide').split('\n');
    expect(titles).toMatch(/ TEMPLATES +REFUSED +EXAMPLES$/);
    expect(web).toMatch(/ 0 +web-1-a,web-1-b$/);
  });

  test('-o name, json and yaml, for other tools', () => {
    expect(driftText(report, 'name')).toBe('deployment/web\npod/bare\n');
    expect(JSON.parse(driftText(report, 'json'))).toEqual(report);
    expect(driftText(report, 'yaml')).toContain('kind: DriftReport\nmetadata:\n  name: prod\n');
  });

  test('no drift is said in one line', () => {
    const none = { ...report, drifted: 0, missing: 0, outdated: 0, extra: 0, workloads: [] };
    expect(driftText(none, undefined)).toBe('No drift: 12 running Pods of prod, as of 2026-11-22T21:00:00.000Z.\n');
  });

  test('what is left out is counted, and no text steers the terminal', () => {
    const odd = driftReportOf('prod', 0, { reason: 'x', examples: ['\u001b[2Jweb'], advice: 'do\u001b[31m\nrm' });
    const text = driftText({ ...odd, podsLeftOut: 4 }, 'wide');
    expect(text).toContain('4 more Pods differ, of workloads that are not listed.');
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\nrm');
  });
});

describe('outrigger cluster drift', () => {
  let root: string;
  let stateDir: string;
  let gateway: RunningGateway;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'outrigger-drift-'));
    stateDir = join(root, 'state');
    const write = (): void => {};
    const options = { port: 0, address: '127.0.0.1', https: false, stateDir, templates: TEMPLATES_DIR_DEFAULT, write };
    gateway = await serve(options);
  });
  afterAll(async () => {
    await gateway.close();
    await rm(root, { recursive: true });
  });

  const run = async (...args: string[]): Promise<Run> =>
    await outrigger(['cluster', 'drift', ...args], { env: { ...process.env, HOME: root, KUBECONFIG: '' } });

  test('--last shows the report that the endpoint holds', async () => {
    const none = await run('--last', '--state-dir', stateDir, '--exit-code');
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none.stderr).toContain('there is no drift report of Kubernetes cluster local');

    const store = createFileStore(join(stateDir, 'canaries'));
    const last = driftReportOf('local');
    await store.writeDrift(last, AbortSignal.timeout(10_000));
    store.close();
    const seen = await run('--last', '--state-dir', stateDir, '-o', 'json');
    expect(seen).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(seen.stdout)).toEqual(last);
    const named = await run('--last', '--url', gateway.endpoint.url, '--cluster', 'local', '--exit-code');
    expect(named.code).toBe(1);
    expect(named.stdout).toContain('kubectl rollout restart deployment/web -n shop');
  });

  test.each<[string, string[], RegExp]>([
    ['-A and -n', ['-A', '-n', 'shop'], /-A and -n contradict each other/],
    ['--last of one namespace', ['--last', '-n', 'shop'], /leave -n out/],
    ['no cluster is named', [], /which cluster\?/],
    ['no way to the API server', ['--state-dir', 'nowhere'], /kubeconfig/],
    ['no such format', ['-o', 'xml'], /Allowed choices are json, yaml, wide, name/],
  ])('%s: a sentence, no stack', async (_what, args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
  });
});
