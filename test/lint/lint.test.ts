import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTemplateSource } from '../../functions/template/source.ts';
import type { Finding } from '../../infra/cli/lint/finding.ts';
import { lintTemplate } from '../../infra/cli/lint/lint.ts';
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

const app = { name: 'LOG_LEVEL', value: 'info' };

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

  test.each<[string, Record<string, unknown>, readonly string[]]>([
    [
      'a value that there is not',
      container({ imagePullPolicy: 'Sometimes' }),
      ['error value containers[0].imagePullPolicy'],
    ],
    ['a misspelt field', container({ volumemounts: [] }), ['error field-name containers[0].volumemounts']],
    ['a field of a newer Kubernetes', container({ teleport: [] }), []],
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
    [
      'a mount that only privileged containers may have',
      container({ volumeMounts: [{ ...NO_TOKEN, mountPropagation: 'Bidirectional' }] }),
      ['error mount-propagation containers[0].volumeMounts[0]'],
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

  test('a part of a list that is merged, when the Pod does not have the rest', () => {
    const spread = { topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' };
    expect(short(lint({ containers: [container()], topologySpreadConstraints: [spread] }))).toEqual([
      'error missing topologySpreadConstraints[0].maxSkew',
    ]);
  });

  test('errors come first', () => {
    const env = [app, app];
    expect(lint({ containers: [container({ image: 'a', env })] }).map((f) => f.level)).toEqual(['error', 'warning']);
  });
});

describe('what every container gets', () => {
  const each = (fragment: Record<string, unknown>, spec: Record<string, unknown> = {}): readonly string[] => {
    const pod = { spec: { volumes: [...VOLUMES, { name: 'v', emptyDir: {} }], containers: [container()], ...spec } };
    const document = templateDocument('proxy', { pod, eachContainer: { fragment } });
    return short(lintTemplate(document).findings).map((f) => f.replace('spec.eachContainer.fragment.', ''));
  };
  const mount = { name: 'v', mountPath: '/v' };

  test.each<[string, Record<string, unknown>, readonly string[]]>([
    ['a mount of a volume of the template, which it makes used', { volumeMounts: [mount] }, []],
    [
      'a mount without its volume',
      { volumeMounts: [{ ...mount, name: 'w' }] },
      ['warning mount-without-volume volumeMounts[0]', 'warning unused-volume volumes[1]'],
    ],
    [
      'a mount that only privileged containers may have',
      { volumeMounts: [{ ...mount, mountPropagation: 'Bidirectional' }] },
      ['error mount-propagation volumeMounts[0]'],
    ],
    [
      'a mount in place of the token',
      { volumeMounts: [{ ...mount, mountPath: `${TOKEN_PATH}/` }] },
      ['warning service-account-token volumeMounts[0]'],
    ],
    [
      'a literal secret',
      { env: [{ name: 'DB_PASSWORD', value: 'hunter2' }], volumeMounts: [mount] },
      ['error literal-secret env[0].value'],
    ],
    [
      'a secret by its shape',
      { env: [{ name: 'DSN', value: 'postgres://user:hunter2@db/x' }], volumeMounts: [mount] },
      ['error literal-secret env[0].value'],
    ],
    [
      'two sources of a value',
      { env: [{ ...app, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }], volumeMounts: [mount] },
      ['error env-value env[0]'],
    ],
    [
      'a reference further down',
      { env: [{ name: 'URL', value: 'http://$(LOG_LEVEL)' }, app], volumeMounts: [mount] },
      ['warning env-order env[0]'],
    ],
    ['a value of the wrong type', { env: [{ name: 'A', value: 1 }] }, ['error invalid env[0].value']],
  ])('%s', (_, fragment, findings) => {
    expect(each(fragment)).toEqual(findings);
  });
});

describe('branches that the defaults do not take', () => {
  const branching = (branch: unknown): readonly string[] => {
    const parameters = [
      { name: 'mode', type: 'enum', values: ['plain', 'odd'], default: 'plain' },
      { name: 'debug', type: 'boolean', default: false },
    ];
    const containers = [container({ securityContext: branch })];
    return short(
      lintTemplate(templateDocument('proxy', { parameters, pod: { spec: { volumes: VOLUMES, containers } } })).findings,
    );
  };

  test.each<[string, unknown, readonly string[]]>([
    [
      'privileges',
      { privileged: { $eval: 'debug' } },
      ['warning pod-security metadata.annotations["outrigger.dev/pod-security"]'],
    ],
    ['a wrong type', { runAsUser: { $if: 'mode == "odd"', then: 'root', else: 1 } }, ['error render spec.pod']],
    ['nothing wrong', { runAsUser: { $if: 'mode == "odd"', then: 2, else: 1 } }, []],
  ])('%s', (_, branch, findings) => {
    expect(branching(branch)).toEqual(findings);
  });

  test('the finding names the value', () => {
    const spec = {
      parameters: [{ name: 'debug', type: 'boolean', default: false }],
      pod: { spec: { hostNetwork: { $if: 'debug', then: 'yes', else: false } } },
    };
    expect(lintTemplate(templateDocument('proxy', spec)).findings[0]?.message).toBe(
      'cannot be rendered with debug=true: spec.pod.spec.hostNetwork: must be true or false, without quotes',
    );
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
