import type { CallName } from './syntax.ts';
import { ConditionError, isMissing, typeOf, type Value } from './values.ts';

const INTEGER = /^[+-]?\d{1,15}$/;
const DECIMAL = /^[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,3})?$/;

/** Calls a function of values. Throws ConditionError. */
export function call(name: CallName, [value, second]: readonly Value[]): Value {
  switch (name) {
    case 'len':
      return lengthOf(value);
    case 'isNil':
      return isMissing(value);
    case 'default':
      // An empty list is a result without data.
      return isMissing(value) || (Array.isArray(value) && value.length === 0) ? second : value;
    case 'isNaN':
      return ofNumber(value, name, Number.isNaN);
    case 'isInf':
      return ofNumber(
        value,
        name,
        (number) => number === Number.POSITIVE_INFINITY || number === Number.NEGATIVE_INFINITY,
      );
    case 'abs':
      return ofNumber(value, name, Math.abs);
    case 'asInt':
      return asNumber(value, name, INTEGER, Math.trunc);
    case 'asFloat':
      return asNumber(value, name, DECIMAL, (number) => number);
  }
}

function lengthOf(value: Value): number {
  if (isMissing(value)) return 0;
  if (Array.isArray(value) || typeof value === 'string') return value.length;
  if (typeof value === 'object') return Object.keys(value).length;
  throw new ConditionError(`len takes a list, an object or a text, and not ${typeOf(value)}`);
}

function ofNumber<T>(value: Value, name: string, apply: (number: number) => T): T | null {
  if (isMissing(value)) return null;
  if (typeof value === 'number') return apply(value);
  throw new ConditionError(`${name} takes a number, and not ${typeOf(value)}`);
}

function asNumber(value: Value, name: string, form: RegExp, apply: (number: number) => number): number | null {
  if (isMissing(value)) return null;
  if (typeof value === 'number') return apply(value);
  if (typeof value === 'string' && form.test(value)) return apply(Number(value));
  throw new ConditionError(`${name} takes a number, or a text that is one, and not ${typeOf(value)}`);
}
