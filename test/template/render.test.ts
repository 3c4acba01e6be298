import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRecord } from '../../functions/json/faults.ts';
import type { ParameterValue } from '../../functions/template/parameter/types.ts';
import { RENDERED_CHARACTERS_MAX, renderSource } from '../../functions/template/render.ts';
import { templateOf } from '../support/templates.ts';

const TEMPLATE = templateOf('t', {
  parameters: [
    { name: 'note', type: 'string', default: '' },
    { name: 'log-level', type: 'string', default: 'info' },
    { name: 'port', type: 'port', default: 80 },
    { name: 'debug', type: 'boolean', default: false },
  ],
  pod: {
    metadata: { annotations: { 'example.com/note': '${note}', 'example.com/json': { $json: { note: '${note}' } } } },
    spec: {
      containers: [
        {
          name: 'proxy',
          image: 'proxy:1',
          args: ['--level', '${log_level}', '--id=${owner}.${namespace}', { $eval: 'note' }],
          env: [
            { name: 'NOTE', value: { $eval: 'note' } },
            { $if: 'debug', then: { name: 'DEBUG', value: 'on' } },
          ],
          ports: [{ containerPort: { $eval: 'port' } }],
        },
      ],
      volumes: [{ name: 'conf', configMap: { name: '${lowercase(note)}-conf' } }],
    },
  },
});

function render(values: Record<string, ParameterValue>) {
  if (TEMPLATE.rendering === undefined) throw new Error('the template is not rendered');
  const defaults = { note: '', 'log-level': 'info', port: 80, debug: false };
  return renderSource(TEMPLATE.rendering, new Map(Object.entries({ ...defaults, ...values })), {
    owner: 'shop',
    namespace: 'shop',
  });
}

/** A value without its scalars: keys, lengths of lists and the names by which things are known. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (!isRecord(value)) return typeof value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === 'name' && inner === 'proxy' ? inner : shapeOf(inner)]),
  );
}

test('values are put in as what they are, and inside of texts', () => {
  const rendered = render({ note: '1', port: 8_080, 'log-level': 'debug' });
  expect(rendered).toMatchObject({
    value: {
      pod: {
        metadata: { annotations: { 'example.com/note': '1', 'example.com/json': '{"note":"1"}' } },
        spec: {
          containers: [
            {
              args: ['--level', 'debug', '--id=shop.shop', '1'],
              env: [{ name: 'NOTE', value: '1' }],
              ports: [{ containerPort: 8_080 }],
            },
          ],
          volumes: [{ configMap: { name: '1-conf' } }],
        },
      },
    },
  });
});

test('a template branches where it says so', () => {
  expect(JSON.stringify(render({ debug: true }))).toContain('DEBUG');
});

// Fault 68, istio/istio#61215, #58889: what a value says is never read as structure, even where a type would let it in.
test('hostile values never add structure', () => {
  const harmless = shapeOf(render({}));
  const bait = fc.constantFrom(
    '${owner}',
    '$${x}',
    '{"$eval":"owner"}',
    '"},{"name":"evil"',
    '\n- name: evil',
    '$if',
    '__proto__',
    "' + owner + '",
    '}}',
    ',',
    '!!js/function',
    '\u0000',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(bait, { maxLength: 5 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, text, (note, level) => {
      const rendered = render({ note, 'log-level': level });
      expect(shapeOf(rendered)).toEqual(harmless);
      expect(rendered).toMatchObject({ value: { pod: { metadata: { annotations: { 'example.com/note': note } } } } });
    }),
    { numRuns: 10_000 },
  );
});

describe('what cannot be rendered says why', () => {
  test('a value of the context that is not known', () => {
    if (TEMPLATE.rendering === undefined) throw new Error('the template is not rendered');
    expect(renderSource(TEMPLATE.rendering, new Map(), {})).toMatchObject({
      valid: false,
      faults: [{ path: '', message: expect.stringContaining('unknown context value note') }],
    });
  });

  test('too much', () => {
    const source = { a: Array.from({ length: 70 }, () => '${note}') };
    expect(renderSource({ source, uses: [] }, new Map([['note', 'x'.repeat(4_096)]]), {})).toEqual({
      valid: false,
      faults: [{ path: '', message: `the result has more than ${RENDERED_CHARACTERS_MAX} characters` }],
    });
  });

  test('a sentence without control characters, of bounded length', () => {
    const source = { a: { $eval: `1 + '\u001b[31m\n${'x'.repeat(900)}'` } };
    const rendered = renderSource({ source, uses: [] }, new Map(), {});
    const [fault] = rendered.valid ? [] : rendered.faults;
    expect(fault?.message).toMatch(/^[\x20-\x7e]{1,200}$/);
  });
});

// The static check refuses them already; the library would still have them.
test.each([
  'now',
  "fromNow('1 day')",
  'range(0, 9)',
  "split('a', 'b')",
  "typeof('x')",
  "defined('x')",
])('%s is not there', (expression) => {
  const rendered = renderSource({ source: { a: { $eval: expression } }, uses: [] }, new Map(), {});
  expect(rendered).toMatchObject(expression === 'now' ? { valid: true, value: { a: null } } : { valid: false });
});
