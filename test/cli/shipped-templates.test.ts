import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { outrigger, type Run } from '../support/outrigger.ts';
import { at, namesOf } from '../support/values.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Runs `outrigger inject` with the shipped templates and no cluster record. */
async function inject(manifest: string, ...args: string[]): Promise<Run> {
  const all = ['inject', '--state-dir', join(ROOT, 'test', 'none'), '-f', '-', ...args];
  return await outrigger(all, { stdin: manifest });
}

const DEPLOYMENT = readFileSync(join(ROOT, 'test', 'fixtures', 'manifests', 'deployment.yaml'), 'utf8');
const PAGE = readFileSync(join(ROOT, 'docs', 'reference', 'shipped-templates.md'), 'utf8');
const withAnnotation = (name: string, value: string): string =>
  DEPLOYMENT.replace('labels: {app: web}', `$&\n      annotations: {parameters.outrigger.dev/${name}: '${value}'}`);

/** The Pod template of the Deployment that came out. */
const podOf = (stdout: string): unknown => at(parse(stdout), 'spec', 'template');

describe('outrigger inject with the shipped templates', () => {
  test('none is asked for: the default one alone', async () => {
    const { stdout } = await inject(DEPLOYMENT);
    expect(namesOf(at(podOf(stdout), 'spec', 'containers'))).toEqual(['web', 'envoy']);
    expect(at(podOf(stdout), 'spec', 'initContainers')).toBeUndefined();
    expect(at(podOf(stdout), 'metadata', 'labels')).toEqual({ app: 'web' });
  });

  test('the command of the page', async () => {
    const [, names = ''] = /inject -f deployment\.yaml --template ([a-z,-]+) /.exec(PAGE) ?? [];
    expect(names).toBe('labels,log-shipper');
    const { code, stdout, stderr } = await inject(DEPLOYMENT, '--template', names);
    expect([code, stderr]).toEqual([0, '']);
    expect(at(podOf(stdout), 'metadata', 'labels')).toMatchObject({ team: 'unassigned', environment: 'unassigned' });
    expect(namesOf(at(podOf(stdout), 'spec', 'initContainers'))).toEqual(['log-shipper']);
    expect(at(podOf(stdout), 'spec', 'containers', 0, 'volumeMounts')).toEqual([
      { name: 'log-shipper-logs', mountPath: '/var/log/app' },
    ]);
  });

  test.each<[string, string, string, string]>([
    ['a team', 'labels', 'team', 'payments'],
    ['an environment', 'labels', 'environment', 'production'],
    ['an output', 'log-shipper', 'output', 'opentelemetry'],
    ['a host', 'log-shipper', 'output-host', 'logs.example.com'],
    ['memory', 'log-shipper', 'log-shipper-memory', '512Mi'],
  ])('a parameter that fits: %s', async (_, template, name, value) => {
    const { code, stdout, stderr } = await inject(withAnnotation(name, value), '--template', template);
    expect([code, stderr]).toEqual([0, '']);
    // Beside the annotation that says it.
    expect(stdout.split(value).length).toBeGreaterThan(2);
  });

  test.each<[string, string, string, string]>([
    ['a team that is no label', 'labels', 'team', 'Pay ments'],
    ['an environment that nobody knows', 'labels', 'environment', 'live'],
    ['more memory than is allowed', 'log-shipper', 'log-shipper-memory', '1Gi'],
    ['an image of elsewhere', 'log-shipper', 'log-shipper-tag', '5.0.3@sha256:0'],
    ['a host that expands', 'log-shipper', 'output-host', '$(POD_NAME)'],
  ])('a parameter that does not fit: %s', async (_, template, name, value) => {
    const { code, stdout, stderr } = await inject(withAnnotation(name, value), '--template', template);
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/\(InvalidParameter\)\n$/)]);
  });
});
