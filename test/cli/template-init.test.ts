import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { own } from '../../functions/json/check.ts';
import { lintTemplate } from '../../infra/cli/lint/lint.ts';
import { outrigger, type Run } from '../support/outrigger.ts';
import { at } from '../support/values.ts';

const NAMES = ['ca-bundle', 'cloud-sql-proxy', 'oauth2-proxy', 'otel-collector', 'otel-instrumentation', 'vault-agent'];
const READY = join(import.meta.dirname, '..', '..', 'infra', 'ready-templates');
let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'outrigger-init-'));
});
afterAll(async () => await rm(root, { recursive: true }));

const init = async (...args: readonly string[]): Promise<Run> =>
  await outrigger(['template', 'init', ...args], { cwd: root });
const shipped = async (name: string): Promise<string> => await readFile(join(READY, `${name}.yaml`), 'utf8');

describe('outrigger template init', () => {
  test('lists what there is, with the level that lint finds', async () => {
    const { code, stdout } = await init();
    expect(code).toBe(0);
    const [heading, ...rows] = stdout.trimEnd().split('\n');
    expect(heading).toMatch(/^NAME {2,}POD SECURITY {2,}DESCRIPTION$/);
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 2))).toEqual(NAMES.map((name) => [name, 'restricted']));
    expect(rows.every((row) => (row.split(/ {2,}/)[2] ?? '').length > 10)).toBe(true);
  });

  test('writes one, and never over a file that is there', async () => {
    expect(await init('vault-agent')).toEqual({
      code: 0,
      stderr: '',
      stdout:
        'vault-agent.yaml written; check it with "outrigger template lint -f vault-agent.yaml", then "outrigger template publish -f vault-agent.yaml"\n',
    });
    expect(await readFile(join(root, 'vault-agent.yaml'), 'utf8')).toBe(await shipped('vault-agent'));
    await writeFile(join(root, 'vault-agent.yaml'), 'changed');
    const again = await init('vault-agent');
    expect([again.code, again.stderr]).toEqual([
      1,
      'error: vault-agent.yaml exists already; name another file with -f, or remove it\n',
    ]);
    expect(await readFile(join(root, 'vault-agent.yaml'), 'utf8')).toBe('changed');
  });

  test('writes to another file, or to standard output', async () => {
    expect((await init('ca-bundle', '-f', join(root, 'certificates.yaml'))).code).toBe(0);
    expect(await readFile(join(root, 'certificates.yaml'), 'utf8')).toBe(await shipped('ca-bundle'));
    expect((await init('ca-bundle', '-f', '-')).stdout).toBe(await shipped('ca-bundle'));
  });

  test.each<[string, readonly string[], string]>([
    ['a name that is none', ['envoy2'], `there is no ready template envoy2; there are ${NAMES.join(', ')}`],
    ['a way out of the folder', ['../envoy'], `there is no ready template ../envoy; there are ${NAMES.join(', ')}`],
    ['a file without a name', ['-f', 'a.yaml'], `name one of the ready templates: ${NAMES.join(', ')}`],
    ['a folder that is not there', ['ca-bundle', '-f', 'no/a.yaml'], 'there is no folder for no/a.yaml'],
    ['a folder', ['ca-bundle', '-f', '.'], '. exists already; name another file with -f, or remove it'],
  ])('refuses %s', async (_, args, message) => {
    expect(await init(...args)).toEqual({ code: 1, stdout: '', stderr: `error: ${message}\n` });
  });
});

/** Of the collector's configuration, for a Pod with these annotations. */
async function injected(name: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
  const annotations = Object.fromEntries(
    Object.entries(parameters).map(([key, value]) => [`parameters.outrigger.dev/${key}`, value]),
  );
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', annotations },
    spec: { containers: [{ name: 'web', image: 'web:1' }] },
  };
  const folder = READY;
  const args = ['inject', '-f', '-', '--templates', folder, '--template', name, '--state-dir', join(root, 'none')];
  const { code, stdout, stderr } = await outrigger(args, { stdin: JSON.stringify(pod) });
  expect([code, stderr]).toEqual([0, '']);
  return parse(stdout);
}

const variableOf = (pod: unknown, variable: string): string => {
  const env = at(pod, 'spec', 'initContainers', 0, 'env');
  const found = (Array.isArray(env) ? env : []).find((entry) => own(entry, 'name') === variable);
  return String(own(found, 'value'));
};

describe('ready templates', () => {
  test.each(
    NAMES,
  )('%s has no finding, and every sidecar that stays is native and has a startup probe', async (name) => {
    const document: unknown = parse(await shipped(name));
    expect(lintTemplate(document)).toMatchObject({ findings: [], podSecurity: { level: 'restricted' } });
    const containers = at(document, 'spec', 'pod', 'spec', 'initContainers') ?? [];
    expect(at(document, 'spec', 'pod', 'spec', 'containers')).toBeUndefined();
    for (const container of Array.isArray(containers) ? containers : []) {
      const stays = own(container, 'restartPolicy') === 'Always';
      expect(own(container, 'startupProbe') !== undefined).toBe(stays);
    }
  });

  test('what a Pod sets is a value of the configuration, never a part of its structure', async () => {
    const role = '","auto_auth":{"x":"';
    const vault = await injected('vault-agent', { 'vault-role': role, 'vault-secret': 'secret/data/cart' });
    const agent: unknown = JSON.parse(variableOf(vault, 'VAULT_AGENT_CONFIG'));
    expect(at(agent, 'auto_auth', 'method', 'config', 'role')).toBe(role);
    const endpoint = 'http://a:1"},"x":{"y":"';
    const collector = await injected('otel-collector', { 'otlp-endpoint': endpoint });
    const config: unknown = JSON.parse(variableOf(collector, 'OTEL_COLLECTOR_CONFIG'));
    expect(at(config, 'exporters')).toEqual({ otlphttp: { endpoint } });
    const [attributes] = [at(config, 'processors', 'resource', 'attributes')].flat();
    expect(attributes).toEqual({ key: 'k8s.cluster.name', action: 'upsert', value: 'local' });
    expect(variableOf(collector, 'OTEL_COLLECTOR_CONFIG')).toContain('"value":"${env:POD_NAME}"');
  });
});
