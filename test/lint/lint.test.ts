import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTemplateSource } from '../../functions/template/source.ts';
import { type Finding, lintTemplate } from '../../infra/lint/lint.ts';
import { largeDocument } from '../contract/template-store.ts';
import { templateDocument } from '../support/templates.ts';

const TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const NO_TOKEN = { name: 'no-token', mountPath: TOKEN_PATH };

/** A container that lint has nothing to say about, with these fields laid over it. */
const container = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  name: 'proxy',
  image: 'registry.test/proxy:1.2',
  volumeMounts: [NO_TOKEN],
  ...more,
});
const VOLUMES = [{ name: 'no-token', emptyDir: {} }];

/** The findings for a PodSpec, short: `error literal-secret spec.pod.spec…`. */
function lint(spec: Record<string, unknown>, annotations: Record<string, unknown> = {}): readonly Finding[] {
  const document = {
    ...templateDocument('proxy', { pod: { spec: { volumes: VOLUMES, ...spec } } }),
    metadata: { name: 'proxy', annotations },
  };
  return lintTemplate(document).findings;
}
const short = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ level, rule, path }) => `${level} ${rule} ${path.replace('spec.pod.spec.', '')}`);

describe('lintTemplate', () => {
  test('a sound template has no findings', () => {
    expect(lint({ containers: [container()] })).toEqual([]);
  });

  test('what the parser refuses is an error each, and nothing else is looked at', () => {
    const { findings, podSecurity } = lintTemplate(
      templateDocument('Proxy', { oder: 1, pod: { metadata: { labels: { a: 'b' } } } }),
    );
    expect(findings.map((f) => [f.level, f.rule, f.path])).toEqual([
      ['error', 'invalid', 'metadata.name'],
      ['error', 'invalid', 'spec.oder'],
    ]);
    expect(podSecurity).toBeUndefined();
  });

  test('a template that no parameters can hold', () => {
    const { findings } = lintTemplate(largeDocument('proxy', 80_000));
    expect(findings).toMatchObject([{ level: 'error', rule: 'size', message: expect.stringContaining('64 KB') }]);
  });

  const app = { name: 'LOG_LEVEL', value: 'info' };
  test.each<[string, Record<string, unknown>, readonly string[]]>([
    ['the tag latest', container({ image: 'a/b:latest' }), ['warning image-tag containers[0].image']],
    ['no tag', container({ image: 'localhost:5000/b' }), ['warning image-tag containers[0].image']],
    ['a digest', container({ image: `a/b@sha256:${'a'.repeat(64)}` }), []],
    ['an expression', container({ image: 'a/b:$' + '{tag}' }), []],
    [
      'the token of the app',
      container({ volumeMounts: [] }),
      ['warning service-account-token containers[0]', 'warning unused-volume volumes[0]'],
    ],
    [
      'a mount without its volume',
      container({ volumeMounts: [NO_TOKEN, { name: 'conf', mountPath: '/etc/x' }] }),
      ['warning mount-without-volume containers[0].volumeMounts[1]'],
    ],
    [
      'one path mounted twice',
      container({ volumeMounts: [NO_TOKEN, NO_TOKEN] }),
      ['error invalid containers[0].volumeMounts[1].mountPath'],
    ],
    ['a variable twice', container({ env: [app, app] }), ['error env-name containers[0].env[1]']],
    [
      'two sources of a value',
      container({ env: [{ ...app, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }),
      ['error env-value containers[0].env[0]'],
    ],
    [
      'a reference further down',
      container({
        env: [
          { name: 'URL', value: 'http://$(HOST)' },
          { name: 'HOST', value: 'a' },
        ],
      }),
      ['warning env-order containers[0].env[0]'],
    ],
    [
      'a reference further up, and one that is not of the template',
      container({
        env: [
          { name: 'HOST', value: 'a' },
          { name: 'URL', value: '$(HOST) $(POD)' },
        ],
      }),
      [],
    ],
    [
      'TCP and UDP of one number',
      container({ ports: [{ containerPort: 53 }, { containerPort: 53, protocol: 'UDP' }] }),
      [],
    ],
    [
      'a port twice',
      container({ ports: [{ containerPort: 53 }, { containerPort: 53, protocol: 'TCP' }] }),
      ['warning port containers[0].ports[1]'],
    ],
  ])('%s', (_, one, findings) => {
    expect(short(lint({ containers: [one] }))).toEqual(findings);
  });

  test('a Pod without a token keeps it from the sidecar as well', () => {
    const spec = { automountServiceAccountToken: false, volumes: [], containers: [container({ volumeMounts: [] })] };
    expect(lint(spec)).toEqual([]);
  });

  test('errors come first', () => {
    const env = [app, app];
    expect(lint({ containers: [container({ image: 'a', env })] }).map((f) => f.level)).toEqual(['error', 'warning']);
  });
});

describe('the Pod Security level, against the one declared', () => {
  const privileged = { containers: [container({ securityContext: { privileged: true } })] };
  test.each<[string, Record<string, unknown>, unknown, readonly string[]]>([
    ['baseline, not declared', { containers: [container()] }, undefined, []],
    ['privileged, not declared', privileged, undefined, ['warning']],
    ['privileged, declared', privileged, 'privileged', []],
    ['privileged, declared baseline', privileged, 'baseline', ['error']],
    ['baseline, declared restricted', { containers: [container()] }, 'restricted', ['error']],
    ['baseline, declared privileged', { containers: [container()] }, 'privileged', []],
    ['an unknown level', { containers: [container()] }, 'strict', ['error']],
    ['a level that is no string', { containers: [container()] }, 1, ['error']],
  ])('%s', (_, spec, declared, levels) => {
    const findings = lint(spec, declared === undefined ? {} : { 'outrigger.dev/pod-security': declared });
    expect(findings.map((f) => f.level)).toEqual(levels);
  });

  test('says what it needs, and why', () => {
    expect(lint(privileged, { 'outrigger.dev/pod-security': 'baseline' })[0]?.message).toBe(
      'declares baseline but needs privileged: container proxy is privileged',
    );
  });
});

describe('the shipped templates', () => {
  const folder = join(import.meta.dirname, '..', '..', 'infra', 'templates');
  // The seed's, word for word, is as its author wrote it.
  const WARNINGS = new Map([['envoy-initializer.yaml', ['warning service-account-token containers[0]']]]);

  test.each(readdirSync(folder))('%s has no finding', (file) => {
    const source = readTemplateSource(readFileSync(join(folder, file), 'utf8'), file.replace(/\.yaml$/, ''));
    const { findings } = lintTemplate(source.valid ? source.value : undefined);
    expect(short(findings)).toEqual(WARNINGS.get(file) ?? []);
  });
});
