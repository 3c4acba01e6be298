import { isRecord } from '../faults.ts';
import type { ChoiceSchema, NumberSchema, Place, Schema, TextSchema, WordsSchema } from './schema.ts';

/** Decimals are compared with four more than there may be: 0.07 has no exact value. */
const ROUNDING = 10_000;

/** A text, as it is kept; undefined for what is none. */
export function readText(schema: TextSchema, value: unknown, { check, path }: Place): unknown {
  if (typeof value !== 'string') {
    check.fault(path, schema.wrongType ?? 'must be a string');
    return undefined;
  }
  if (!isText(schema, value)) check.fault(path, schema.message ?? `must have at most ${schema.maxLength} characters`);
  return schema.normal?.(value) ?? value;
}

function isText({ pattern, maxLength = Number.POSITIVE_INFINITY }: TextSchema, value: string): boolean {
  return value.length <= maxLength && pattern?.test(value) !== false;
}

/** A number within its bounds; undefined for any other. */
export function readNumber({ min, max, decimals }: NumberSchema, value: unknown, { check, path }: Place): unknown {
  const isIn = typeof value === 'number' && value >= min && value <= max;
  if (isIn && (decimals === 0 ? Number.isInteger(value) : hasDecimals(value, decimals))) return value;
  const [what, end] = decimals === 0 ? ['whole number', ''] : ['number', ` with at most ${decimals} decimals`];
  check.fault(path, `must be a ${what} from ${min} to ${max}${end}`);
  return undefined;
}

function hasDecimals(value: number, decimals: number): boolean {
  return Math.round(value * 10 ** decimals * ROUNDING) % ROUNDING === 0;
}

/** True or false. */
export function readFlag(value: unknown, { check, path }: Place): unknown {
  if (typeof value !== 'boolean') check.fault(path, 'must be true or false');
  return value;
}

/** One of the values; undefined for any other. */
export function readWord({ values, message }: WordsSchema, value: unknown, { check, path }: Place): unknown {
  const word = values.find((each) => each === value);
  if (word === undefined) check.fault(path, message);
  return word;
}

/**
 * An object with one of the keys; undefined for any other value.
 *
 * @param readInner reads what is neither a text nor one of some values
 */
export function readChoice(
  { members, message }: ChoiceSchema,
  value: unknown,
  { check, path, around }: Place,
  readInner: (schema: Schema, value: unknown, place: Place) => unknown,
): unknown {
  const [[key = '', inner] = [], ...more] = isRecord(value) ? Object.entries(value) : [];
  const member = more.length === 0 && Object.hasOwn(members, key) ? members[key] : undefined;
  if (member?.kind === 'words' && member.values.some((word) => word === inner)) return { [key]: inner };
  if (member === undefined || member.kind === 'words') check.fault(path, message);
  else if (member.kind !== 'text') {
    const found = readInner(member, inner, { check, path: `${path}.${key}`, around });
    return found === undefined ? undefined : { [key]: found };
  } else if (typeof inner === 'string' && isText(member, inner)) return { [key]: member.normal?.(inner) ?? inner };
  else if (member.message === undefined) check.fault(path, message);
  else check.fault(`${path}.${key}`, member.message);
  return undefined;
}
