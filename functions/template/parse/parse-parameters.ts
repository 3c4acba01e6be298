import { type Check, own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { CONTEXT_NAMES } from '../context-names.ts';
import { describeParameter, type Parameter, readParameterValue } from '../parameter/parameter.ts';
import {
  PARAMETER_TYPES,
  type ParameterTypeName,
  type ParameterValue,
  VALUE_CHARACTERS_MAX,
} from '../parameter/types.ts';

/** A DNS label that begins with a letter: the name part of an annotation, and (with `_` for `-`) an expression's name. */
const NAME = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** Words that mean something else in a JSON-e expression: its literals and its functions. */
const RESERVED = [
  ...['true', 'false', 'null', 'in', 'now', 'min', 'max', 'sqrt', 'ceil', 'floor', 'abs', 'range', 'lowercase'],
  ...['uppercase', 'str', 'number', 'len', 'strip', 'rstrip', 'lstrip', 'split', 'join', 'typeof', 'defined'],
];
/** Enough for Istio's proxy several times over; every one is looked up for every Pod. */
const PARAMETERS_MAX = 64;
const ENUM_VALUES_MAX = 64;
/** A value of an enum: printable, and short enough to be named in a refusal. */
const ENUM_VALUE = /^[\x20-\x7e]{0,63}$/;

/** Reads `spec.parameters`; undefined when absent, which is also how a template says that it is not rendered. */
export function parseParameters(check: Check, spec: Json): readonly Parameter[] | undefined {
  const path = 'spec.parameters';
  const value = own(spec, 'parameters');
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length > PARAMETERS_MAX) {
    check.fault(path, `must be a list of at most ${PARAMETERS_MAX}`);
    return [];
  }
  const parameters = value.map((item: unknown, i) => parseParameter(check, item, `${path}[${i}]`));
  for (const [i, { name }] of parameters.entries()) {
    const isTwin = parameters.findIndex((p) => p.name === name) !== i;
    if (isTwin) check.fault(`${path}[${i}].name`, `more than one parameter is called ${JSON.stringify(name)}`);
  }
  return parameters;
}

function parseParameter(check: Check, value: unknown, path: string): Parameter {
  const document = isRecord(value) ? value : {};
  if (!isRecord(value)) check.fault(path, 'must be an object');
  const name = check.string(document, 'name', `${path}.name`);
  const isName = NAME.test(name) && !RESERVED.includes(name) && !CONTEXT_NAMES.some((n) => n.toLowerCase() === name);
  if (!isName) {
    check.fault(`${path}.name`, 'must be lower-case letters, digits and -, begin with a letter, and have no other use');
  }
  const types = Object.keys(PARAMETER_TYPES) as ParameterTypeName[];
  if (own(document, 'type') === undefined) check.fault(`${path}.type`, 'is missing');
  const type = check.oneOf(document, 'type', `${path}.type`, types, 'string');
  const { bounds } = PARAMETER_TYPES[type];
  const constraints = [
    ...(bounds === undefined ? [] : ['minimum', 'maximum']),
    ...(type === 'enum' ? ['values'] : []),
    ...(type === 'string' ? ['maxLength'] : []),
  ];
  check.onlyKeys(document, path, ['name', 'type', 'default', 'required', ...constraints]);
  const bare: Parameter = { name, type, ...parseConstraints(check, document, path, type) };
  const fallback = parseDefault(check, document, path, bare);
  return { ...bare, ...(fallback === undefined ? {} : { default: fallback }) };
}

function parseConstraints(
  check: Check,
  document: Json,
  path: string,
  type: ParameterTypeName,
): Pick<Parameter, 'minimum' | 'maximum' | 'values' | 'maxLength'> {
  if (type === 'enum') {
    const values = check.strings(document, 'values', `${path}.values`, ENUM_VALUE, 'at most 63 printable characters');
    const isGood = values !== undefined && values.length > 0 && values.length <= ENUM_VALUES_MAX;
    if (!isGood) check.fault(`${path}.values`, `must be a list of 1 to ${ENUM_VALUES_MAX} texts`);
    return { values: values ?? [] };
  }
  if (type === 'string') {
    const bounds = { min: 1, max: VALUE_CHARACTERS_MAX, fallback: 256 };
    return { maxLength: check.integer(document, 'maxLength', `${path}.maxLength`, bounds) };
  }
  const { bounds, compare = () => 0 } = PARAMETER_TYPES[type];
  if (bounds === undefined) return {};
  const minimum = parseValue(check, document, 'minimum', path, { name: '', type });
  const maximum = parseValue(check, document, 'maximum', path, { name: '', type });
  if (bounds === 'must' && (minimum === undefined || maximum === undefined)) {
    check.fault(path, `minimum and maximum must be said of a parameter of type ${type}`);
  }
  if (minimum !== undefined && maximum !== undefined && compare(minimum, maximum) > 0) {
    check.fault(`${path}.maximum`, 'is less than minimum');
  }
  return { ...(minimum === undefined ? {} : { minimum }), ...(maximum === undefined ? {} : { maximum }) };
}

function parseDefault(check: Check, document: Json, path: string, parameter: Parameter): ParameterValue | undefined {
  const isRequired = check.boolean(document, 'required', `${path}.required`, false);
  const hasDefault = own(document, 'default') !== undefined;
  if (isRequired === hasDefault) check.fault(path, 'must have either a default or required: true');
  // A tag that moves is refused from a Pod, but a template may choose it.
  const isLatest = parameter.type === 'imageTag' && own(document, 'default') === 'latest';
  return isLatest ? 'latest' : parseValue(check, document, 'default', path, parameter);
}

/** A value as a template writes it, `2` or `"2"`; undefined when absent or at fault. */
function parseValue(
  check: Check,
  document: Json,
  key: string,
  path: string,
  parameter: Parameter,
): ParameterValue | undefined {
  const written = own(document, key);
  if (written === undefined) return undefined;
  const isScalar = typeof written === 'string' || typeof written === 'number' || typeof written === 'boolean';
  const value = isScalar ? readParameterValue(parameter, String(written)) : undefined;
  if (value === undefined) check.fault(`${path}.${key}`, `must be ${describeParameter(parameter)}`);
  return value;
}
