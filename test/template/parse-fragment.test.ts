import { describe, expect, test } from 'vitest';
import { parseTemplate } from '../../functions/template/parse/parse-template.ts';
import { readTemplateSource } from '../../functions/template/source.ts';
import { templateDocument, templateOf } from '../support/templates.ts';

const SCRIPT = '${HOME}/run $${x} ${owner}';
const CONTAINER = { name: 'proxy', image: 'proxy:1', args: [SCRIPT] };

function faultsOf(spec: Record<string, unknown>): readonly string[] {
  const parsed = parseTemplate(templateDocument('t', spec), '1');
  return parsed.valid ? [] : parsed.faults.map((f) => `${f.path}: ${f.message}`);
}

describe('word for word: what has no spec.parameters is never rendered', () => {
  const fragment = JSON.stringify({ containers: [CONTAINER] });
  const labels = JSON.stringify({ metadata: { annotations: { script: SCRIPT } } });
  test.each<[what: string, source: string]>([
    ['the ConfigMap of the seed', `kind: ConfigMap\ndata: {config: ${fragment}}`],
    ['the ConfigMap with a string', `kind: ConfigMap\ndata: {config: ${JSON.stringify(fragment)}}`],
    ['a bare fragment', fragment],
    ['a Pod', `kind: Pod\nspec: ${fragment}`],
    ['labels and annotations alone', labels],
    ['a SidecarTemplate', JSON.stringify(templateDocument('t', { pod: { spec: { containers: [CONTAINER] } } }))],
  ])('%s', (_what, source) => {
    const read = readTemplateSource(source, 't');
    const parsed = read.valid ? parseTemplate(read.value, '1') : read;
    if (!parsed.valid) throw new Error(JSON.stringify(parsed.faults));
    expect(parsed.value.rendering).toBeUndefined();
    const [container] = parsed.value.pod.containers;
    expect(container === undefined ? parsed.value.pod.annotations['script'] : container['args']).toEqual(
      container === undefined ? SCRIPT : [SCRIPT],
    );
  });
});

describe('a template with parameters', () => {
  test('is not rendered either where nothing in it varies', () => {
    const template = templateOf('t', { parameters: [{ name: 'n', type: 'port', default: 80 }] });
    expect(template.rendering).toBeUndefined();
  });

  test('is rendered with the context alone where the list is empty', () => {
    const { rendering, pod } = templateOf('t', {
      parameters: [],
      pod: { spec: { containers: [{ name: 'x', image: 'x:1', args: ['${cluster}', '$${HOME}'] }] } },
    });
    expect(rendering?.uses).toEqual(['cluster']);
    expect(pod.containers).toEqual([{ name: 'x', image: 'x:1', args: ['sample', '${HOME}'] }]);
  });

  test('is tried with its defaults, and harmless values for what is required', () => {
    const { pod } = templateOf('t', {
      parameters: [
        { name: 'tag', type: 'imageTag', required: true },
        { name: 'user', type: 'integer', minimum: 0, maximum: 65_535, required: true },
      ],
      pod: {
        spec: { containers: [{ name: 'x', image: 'x:${tag}', securityContext: { runAsUser: { $eval: 'user' } } }] },
      },
    });
    expect(pod.containers).toEqual([{ name: 'x', image: 'x:sample', securityContext: { runAsUser: 65_535 } }]);
  });
});

describe('refused when it is loaded', () => {
  const parameters = [{ name: 'n', type: 'integer', minimum: 0, maximum: 9, default: 0 }];
  const containers = (more: Record<string, unknown>) => ({
    parameters,
    pod: { spec: { containers: [{ name: 'x', image: 'x:1', ...more }] } },
  });
  test.each<[what: string, spec: Record<string, unknown>, fault: RegExp]>([
    [
      'an expression that fails',
      containers({ args: ['${1 / n}'] }),
      /^spec\.pod: rendered with its defaults: .*division/,
    ],
    ['no number', containers({ x: { $eval: "number('x')" } }), /no number that JSON can hold/],
    ['an invalid fragment', containers({ image: { $eval: '1 + 1' } }), /containers\[0\]\.image: must be an image name/],
    ['nothing', { parameters, pod: { spec: { $if: 'n > 0', then: { hostname: 'x' } } } }, /is empty/],
    [
      'a merge directive, as everywhere',
      containers({
        env: [
          { name: 'A', $patch: 'delete' },
          { name: 'B', value: '${n}' },
        ],
      }),
      /merge directives are not allowed/,
    ],
    [
      'two of a name',
      {
        parameters,
        pod: {
          spec: {
            containers: [
              { $if: 'n == 0', then: { name: 'x', image: 'x:1' } },
              { name: 'x', image: '${1}' },
            ],
          },
        },
      },
      /more than one container/,
    ],
    [
      'without native sidecars',
      containers({ args: { $if: 'nativeSidecars', then: [], else: ['${audience.x}'] } }),
      /rendered with its defaults/,
    ],
    [
      'a bad expression',
      containers({ args: ['${now}'] }),
      /^spec\.pod\.spec\.containers\[0\]\.args\[0\]: an expression cannot use now$/,
    ],
    [
      'a prototype',
      JSON.parse('{"parameters":[],"pod":{"spec":{"__proto__":{"x":"${owner}"}}}}'),
      /is not a field name/,
    ],
  ])('%s', (_what, spec, fault) => {
    expect(faultsOf(spec).join('\n')).toMatch(fault);
  });

  test('levels without end', () => {
    let value: unknown = '${owner}';
    for (let i = 0; i < 5_000; i++) value = { a: value };
    expect(faultsOf({ parameters: [], pod: { spec: { value } } })).toEqual([
      'spec: nests deeper than 40 levels in pod or eachContainer or amend',
    ]);
  });
});
