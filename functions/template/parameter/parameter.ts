import { printable } from '../../json/faults.ts';
import { PARAMETER_TYPES, type ParameterTypeName, type ParameterValue, VALUE_CHARACTERS_MAX } from './types.ts';

/** One entry of `spec.parameters`: what may vary, within which bounds. Made only by `parseParameters`. */
export interface Parameter {
  /** As in the annotation `parameters.outrigger.dev/<name>`. */
  readonly name: string;
  readonly type: ParameterTypeName;
  /** Absent: the Pod must say it. */
  readonly default?: ParameterValue;
  readonly minimum?: ParameterValue;
  readonly maximum?: ParameterValue;
  /** Of an enum. */
  readonly values?: readonly string[];
  /** Of a string, in UTF-16 code units. */
  readonly maxLength?: number;
}

/** A refused value is repeated up to here. */
const ECHO_CHARACTERS_MAX = 63;

/** The value that a text is for a parameter; undefined where it does not fit. */
export function readParameterValue(parameter: Parameter, text: string): ParameterValue | undefined {
  if (text.length > Math.min(parameter.maxLength ?? VALUE_CHARACTERS_MAX, VALUE_CHARACTERS_MAX)) return undefined;
  const { read, compare = () => 0 } = PARAMETER_TYPES[parameter.type];
  const value = read(text);
  if (value === undefined) return undefined;
  if (parameter.minimum !== undefined && compare(value, parameter.minimum) < 0) return undefined;
  if (parameter.maximum !== undefined && compare(value, parameter.maximum) > 0) return undefined;
  if (parameter.values !== undefined && !parameter.values.some((v) => v === value)) return undefined;
  // A tag that moves says nothing about what runs; a template may have it as its own default.
  if (parameter.type === 'imageTag' && value === 'latest' && parameter.default !== value) return undefined;
  return value;
}

/**
 * A value that fits a required parameter, as harmless as can be told: `false`, the first of an enum, the largest number
 * (a user id of 0 would be root).
 */
export function sampleOf({ type, minimum, maximum, values }: Parameter): ParameterValue {
  return values?.[0] ?? maximum ?? minimum ?? PARAMETER_TYPES[type].sample;
}

/** What fits a parameter, for people: `an integer from 1 to 16`. */
export function describeParameter({ type, minimum, maximum, values, maxLength }: Parameter): string {
  if (values !== undefined) return `one of ${values.join(', ')}`;
  const { noun } = PARAMETER_TYPES[type];
  if (maxLength !== undefined) return `${noun}, at most ${maxLength} characters`;
  if (minimum !== undefined && maximum !== undefined) return `${noun} from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `${noun}, at least ${minimum}`;
  return maximum === undefined ? noun : `${noun}, at most ${maximum}`;
}

/** Text from outside for a sentence: printable, in quotes, cut. */
export function echo(text: string): string {
  const start = printable(text.slice(0, ECHO_CHARACTERS_MAX)).replace(/[\ud800-\udbff]$/, '');
  return `"${start}${text.length > ECHO_CHARACTERS_MAX ? '…' : ''}"`;
}
