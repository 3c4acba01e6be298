import { describe, expect, test } from 'vitest';
import { Check } from '../../functions/json/check.ts';
import {
  describeParameter,
  echo,
  type Parameter,
  readParameterValue,
} from '../../functions/template/parameter/parameter.ts';
import type { ParameterValue } from '../../functions/template/parameter/types.ts';
import { parseParameters } from '../../functions/template/parse/parse-parameters.ts';

/** One required parameter of a type, through the real parser. */
function parameterOf(type: string, more: Record<string, unknown> = {}): Parameter {
  const check = new Check();
  const need = Object.hasOwn(more, 'default') ? {} : { required: true };
  const [parameter] = parseParameters(check, { parameters: [{ name: 'p', type, ...need, ...more }] }) ?? [];
  if (parameter === undefined || check.faults.length > 0) throw new Error(JSON.stringify(check.faults));
  return parameter;
}

const PARAMETERS: readonly Parameter[] = [
  parameterOf('integer', { minimum: -5, maximum: 16 }),
  parameterOf('port'),
  parameterOf('quantity', { maximum: '2Gi' }),
  parameterOf('duration', { minimum: '1s' }),
  parameterOf('boolean'),
  parameterOf('enum', { values: ['info', 'debug'] }),
  parameterOf('dnsLabel'),
  parameterOf('imageTag'),
  parameterOf('portList'),
  parameterOf('cidrList'),
  parameterOf('string', { maxLength: 40 }),
];

function read(type: string, text: string): ParameterValue | undefined {
  const parameter = PARAMETERS.find((p) => p.type === type);
  if (parameter === undefined) throw new Error(`no parameter of type ${type}`);
  return readParameterValue(parameter, text);
}

describe('what fits', () => {
  test.each<[type: string, text: string, value: ParameterValue]>([
    ['integer', '0', 0],
    ['integer', '-5', -5],
    ['integer', '16', 16],
    ['port', '1', 1],
    ['port', '65535', 65_535],
    ['quantity', '100m', '100m'],
    ['quantity', '.5', '.5'],
    ['quantity', '2Gi', '2Gi'],
    ['quantity', '1e3', '1e3'],
    ['duration', '1s', '1s'],
    ['duration', '1h30m', '1h30m'],
    ['duration', '1500.5ms', '1500.5ms'],
    ['boolean', 'true', true],
    ['boolean', 'false', false],
    ['enum', 'debug', 'debug'],
    ['dnsLabel', 'a-1', 'a-1'],
    ['imageTag', 'v1.40.0_rc-1', 'v1.40.0_rc-1'],
    ['portList', '', ''],
    ['portList', '80,443', '80,443'],
    ['cidrList', '', ''],
    ['cidrList', '10.0.0.0/8,2001:db8::/32,0.0.0.0/0,::/0', '10.0.0.0/8,2001:db8::/32,0.0.0.0/0,::/0'],
    ['string', '', ''],
    ['string', 'Привет, мир! "50 %"', 'Привет, мир! "50 %"'],
  ])('%s %j', (type, text, value) => {
    expect(read(type, text)).toBe(value);
  });
});

describe('what does not', () => {
  test.each<[type: string, texts: readonly string[]]>([
    ['integer', ['', '-6', '17', '1.0', '1e1', '0x10', '+1', '01', '-0', ' 1', '1\n', '9007199254740993', 'NaN', '١']],
    ['port', ['0', '65536', '80,22', '-1', '080', '80 ', '99999999999', 'http']],
    ['quantity', ['1e999', '-1', '100m\r', '0x10', '2049Mi', '+1', '', '.', '1 Gi', '1gi', 'Infinity', '9e18']],
    ['duration', ['-1s', '0s', '999ms', '5', '5 s', '1d', '1s\n', '8761h', 's', '1.s', '٣s']],
    ['boolean', ['True', 'yes', '1', '', ' true']],
    ['enum', ['', 'Info', 'info ', 'trace', 'constructor']],
    ['dnsLabel', ['', '-a', 'a-', 'A', 'a.b', 'a_b', 'a'.repeat(64), 'а']],
    ['imageTag', ['', 'latest', 'v1@sha256:00', 'v1:2', 'a/b', '.v1', 'v1\n', 'vё', 'a'.repeat(129)]],
    ['portList', ['80,', ',80', '80, 443', '80;443', '0', '80-90', '*', '80,65536', Array(65).fill('80').join()]],
    ['cidrList', ['0.0.0.0/0;', '10.0.0.0', '10.0.0.0/33', '::/129', '10.0.0/8', '1.1.1.1/08', '1.1.1.1/8/8', '/8']],
    ['cidrList', ['fe80::1%eth0/64', '10.0.0.0/8,', '10.0.0.0/8 ', '010.0.0.0/8', '*', '10.0.0.0/-1', '1.1.1.1/']],
    ['string', ['a\nb', 'a\u0000', '\u001b[31m', 'a\u202eb', 'a\u200bb', '\ud800', '\ue000', '\u2028', 'x'.repeat(41)]],
    ['string', ['${x}', '$(id)', '{{ .x }}', '`id`']],
  ])('%s: %j', (type, texts) => {
    for (const text of texts) expect(read(type, text), JSON.stringify(text)).toBeUndefined();
  });
});

// Fault 68. Only free text is free: and of it nothing that breaks a line, a terminal or opens an expression.
describe('fault 68: hostile values', () => {
  const hostile: [what: string, text: string, isText?: true][] = [
    ['a newline, and containers after it (istio/istio#58889)', '100m\n  containers:\n  - name: evil\n    image: evil'],
    ['a carriage return', '1\r'],
    ['a double quote', '1", "privileged": "true', true],
    ['a single quote', "1' # ", true],
    ['a Go template', '{{ printf "x" }}'],
    ['an expression', '${cluster}'],
    ['a YAML tag', '!!python/object:os.system', true],
    ['a JSON fragment', '{"name":"evil"}', true],
    ['a terminal escape', '\u001b[2J1'],
    ['a right-to-left override', '1\u202e'],
    ['a NUL', '1\u0000'],
    ['1 MB', '1'.repeat(1_048_576)],
    ['a shell expansion', '$(reboot)'],
    ['a prototype', 'constructor[prototype]', true],
  ];
  test.each(hostile)('%s', (_what, text, isText) => {
    for (const parameter of PARAMETERS) {
      const fits = isText === true && parameter.type === 'string';
      expect(readParameterValue(parameter, text), parameter.type).toBe(fits ? text : undefined);
    }
  });
});

describe('for people', () => {
  test.each<[parameter: Parameter, sentence: string]>([
    [parameterOf('integer', { minimum: 1, maximum: 16 }), 'an integer from 1 to 16'],
    [parameterOf('quantity', { maximum: '1' }), 'a quantity such as 100m, 0.5 or 64Mi, at most 1'],
    [parameterOf('quantity', { minimum: 1 }), 'a quantity such as 100m, 0.5 or 64Mi, at least 1'],
    [parameterOf('boolean'), 'true or false'],
    [parameterOf('enum', { values: ['a', 'b'] }), 'one of a, b'],
    [parameterOf('string'), 'printable text without ${, $(, {{, `, at most 256 characters'],
  ])('%j', (parameter, sentence) => {
    expect(describeParameter(parameter)).toBe(sentence);
  });

  test.each([
    ['short', '"short"'],
    ['a\nb\u202ec', '"a b c"'],
    ['x'.repeat(64), `"${'x'.repeat(63)}…"`],
    [`${'x'.repeat(62)}🛶`, `"${'x'.repeat(62)}…"`],
  ])('an echo of %j', (text, echoed) => {
    expect(echo(text)).toBe(echoed);
  });
});

test('a tag that moves is refused from a Pod, unless it is the default', () => {
  const latest = parameterOf('imageTag', { default: 'latest' });
  expect(latest.default).toBe('latest');
  expect(readParameterValue(latest, 'latest')).toBe('latest');
});
