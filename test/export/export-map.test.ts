import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { describeFaults } from '../../functions/json/faults.ts';
import { parseTemplate } from '../../functions/template/parse/parse-template.ts';
import { readTemplateSource } from '../../functions/template/source.ts';
import type { Template } from '../../functions/template/template.ts';
import {
  EXPRESSION_CHARACTERS_MAX,
  mutatingAdmissionPolicy,
  type PolicyOptions,
} from '../../infra/cli/export/mutating-admission-policy.ts';
import { EXPORT_CASES } from '../support/export-cases.ts';
import { readTemplates } from '../support/golden-cases.ts';
import { stateOf, templateOf, templateWithPod } from '../support/templates.ts';
import { at } from '../support/values.ts';

const GOLDEN = join(import.meta.dirname, '..', 'golden', 'map');

function optionsOf(record: Record<string, unknown> = {}, more: Partial<PolicyOptions> = {}): PolicyOptions {
  const chooser = stateOf([], record).record;
  return { chooser, failurePolicy: 'Ignore', reinvocationPolicy: 'Never', ...more };
}

function templateFrom(source: string, name: string): Template {
  const read = readTemplateSource(source, name);
  const parsed = read.valid ? parseTemplate(read.value, '1') : read;
  if (!parsed.valid) throw new Error(describeFaults(parsed.faults));
  return parsed.value;
}

/** The policy of a template; throws what it is refused for. */
function policyOf(template: Template, options = optionsOf()): unknown {
  const made = mutatingAdmissionPolicy(template, options);
  if (!made.valid) throw new Error(describeFaults(made.faults));
  return made.value[0];
}

const conditionOf = (policy: unknown, name: string): unknown => {
  const conditions = at(policy, 'spec', 'matchConditions');
  return at(Array.isArray(conditions) ? conditions.find((c) => at(c, 'name') === name) : undefined, 'expression');
};

describe('the manifests, as the real API server takes them', () => {
  test.each(Object.entries(EXPORT_CASES))('%s', (name, { source, record = { defaultTemplates: [name] } }) => {
    const made = mutatingAdmissionPolicy(templateFrom(source, name), optionsOf({ ...record }));
    if (!made.valid) throw new Error(describeFaults(made.faults));
    const text = made.value
      .map((manifest) => stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false }))
      .join('---\n');
    const file = join(GOLDEN, `${name}.yaml`);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
    expect(text).toBe(existsSync(file) ? readFileSync(file, 'utf8') : '');
  });

  test('no golden is left over', () => {
    expect(readdirSync(GOLDEN).sort()).toEqual(
      Object.keys(EXPORT_CASES)
        .map((name) => `${name}.yaml`)
        .sort(),
    );
  });
});

describe('refused, with the path of everything that is in the way', () => {
  const spec = (fields: Record<string, unknown>): Template => templateWithPod({ spec: fields });
  const parameters: unknown[] = [];
  const shipped = readTemplates('shipped').find(({ name }) => name === 'log-shipper');

  test.each<[string, Template | undefined, string]>([
    ['log-shipper', shipped, 'initContainers[0].args[10]: depends on cluster'],
    ['log-shipper, in a condition', shipped, 'initContainers[0].args[13].$if: depends on owner'],
    ['log-shipper, in every container', shipped, 'spec.eachContainer: cannot be said in a policy'],
    [
      'a value',
      templateOf('a', { parameters, pod: { metadata: { labels: { ns: { $eval: 'namespace' } } } } }),
      'spec.pod.metadata.labels.ns.$eval: depends on namespace',
    ],
    [
      'a branch',
      templateOf('a', {
        parameters,
        pod: { metadata: { labels: { a: { $switch: { 'serviceAccount == "x"': 'x', $default: 'y' } } } } },
      }),
      'spec.pod.metadata.labels.a.$switch["serviceAccount == \\"x\\""]: depends on serviceAccount',
    ],
    [
      'a required parameter',
      templateOf('a', {
        parameters: [{ name: 'x', type: 'dnsLabel', required: true }],
        pod: { metadata: { labels: { a: '${x}' } } },
      }),
      'spec.parameters[0]: is required',
    ],
    [
      'customization',
      templateOf('a', { customization: { fields: ['env'] } }),
      'spec.customization.fields: cannot be said',
    ],
    ['null', spec({ nodeName: null }), 'spec.pod.spec.nodeName: null deletes'],
    [
      'a directive',
      spec({ nodeSelector: { $patch: 'replace', a: 'b' } }),
      'spec.pod.spec.nodeSelector.$patch: is a merge directive',
    ],
    ['an unknown field', spec({ noSuchField: 1 }), 'spec.pod.spec.noSuchField: is no field that Kubernetes 1.36 knows'],
    [
      'an unknown field of a container',
      spec({ containers: [{ name: 'a', image: 'a:1', noSuch: true }] }),
      'spec.pod.spec.containers[0].noSuch: is no field',
    ],
    [
      'half a character',
      templateWithPod({ metadata: { annotations: { a: '\ud800' } } }),
      'metadata.annotations.a: is no valid Unicode',
    ],
    [
      'a text that is too long',
      templateWithPod({ metadata: { annotations: { a: 'x'.repeat(EXPRESSION_CHARACTERS_MAX / 4) } } }),
      `at most ${EXPRESSION_CHARACTERS_MAX}`,
    ],
  ])('%s', (_, template, sentence) => {
    expect(() => policyOf(template as Template)).toThrow(sentence);
  });

  test('expressions that do not depend on the Pod are not', () => {
    const template = templateOf('a', {
      parameters: [{ name: 'x', type: 'dnsLabel', default: 'y' }],
      pod: {
        metadata: { labels: { $if: 'nativeSidecars', then: { a: '${x}' }, else: {} } },
        spec: { containers: [{ name: 'b', image: 'b:1' }] },
      },
    });
    expect(JSON.stringify(policyOf(template))).toContain('/metadata/labels/a');
  });
});

describe('who gets it', () => {
  const chosen = (spec: Record<string, unknown>, record: Record<string, unknown> = {}): unknown =>
    conditionOf(policyOf(templateOf('a', spec), optionsOf(record)), 'chosen');
  const NAMED = /^.* \? .*exists\(n, n == "a"\) : \((.*)\)$/;

  test.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    ['nobody but by name', {}, {}, 'false'],
    ['everybody', {}, { defaultTemplates: ['a'] }, 'true'],
    ['one namespace', { match: { namespaces: ['shop'] } }, {}, 'request.namespace in ["shop"]'],
    [
      'globs',
      { match: { namespaces: ['a*b', 'c*'] } },
      {},
      'request.namespace.matches("^a.*b$") || request.namespace.matches("^c.*$")',
    ],
    ['all but some', { match: { excludeNamespaces: ['x'] } }, {}, '!(request.namespace in ["x"])'],
    ['none of all', { match: { excludeNamespaces: ['*'] } }, {}, 'false'],
    [
      'a label',
      { match: { podSelector: { matchLabels: { 'a.b/c': 'd' } } } },
      {},
      '("a.b/c" in object.metadata.?labels.orValue({}) && object.metadata.labels["a.b/c"] in ["d"])',
    ],
  ])('%s', (_, spec, record, expression) => {
    expect(NAMED.exec(String(chosen(spec, record)))?.[1]).toBe(expression);
  });

  test.each([
    ['Defer', 'Fail', 'Fail'],
    ['Defer', 'Ignore', 'Ignore'],
    ['Open', 'Fail', 'Ignore'],
    ['Closed', 'Ignore', 'Fail'],
  ] as const)('failureMode %s under %s is %s', (failureMode, failurePolicy, expected) => {
    const policy = policyOf(templateOf('a', { failureMode }), optionsOf({}, { failurePolicy }));
    expect(at(policy, 'spec', 'failurePolicy')).toBe(expected);
  });

  test('the host network and Windows are no conditions where the template allows them', () => {
    const names = (allow: object): unknown => {
      const conditions = at(policyOf(templateOf('a', { allow })), 'spec', 'matchConditions');
      return Array.isArray(conditions) ? conditions.map((c) => at(c, 'name')) : [];
    };
    expect(names({})).toEqual([
      'not-a-mirror-pod',
      'not-opted-out',
      'chosen',
      'not-on-the-host-network',
      'not-on-windows',
    ]);
    expect(names({ hostNetwork: true, windows: true })).toEqual(['not-a-mirror-pod', 'not-opted-out', 'chosen']);
  });
});
