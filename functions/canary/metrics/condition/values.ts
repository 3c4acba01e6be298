import type { BinaryOperator } from './syntax.ts';

/**
 * What a part of a condition comes to: JSON, numbers that are none (NaN, infinite) among it. `null` is a value that is not
 * there; `undefined` is a truth that cannot be told, because such a value, or a number that is none, was compared.
 */
export type Value = unknown;

/** Why a condition cannot be evaluated. The message names types and operators, and no value. */
export class ConditionError extends Error {
  override readonly name = 'ConditionError' as const;
}

/** Whether there is nothing to judge: no value, a number that is none, or a list or object without any. */
export function isNoData(value: Value): boolean {
  if (value === null || value === undefined || Number.isNaN(value)) return true;
  if (Array.isArray(value)) return value.every(isNoData);
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** The type of a value, as messages name it. */
export function typeOf(value: Value): string {
  if (value === null || value === undefined) return 'no value';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'a text' : typeof value === 'boolean' ? 'true or false' : 'a number';
}

/** Whether two values are the same; undefined where one of them is not there or is no number. */
export function equal(left: Value, right: Value): boolean | undefined {
  if (isAbsent(left) || isAbsent(right)) return undefined;
  if (typeOf(left) !== typeOf(right)) throw new ConditionError(`== compares ${typeOf(left)} with ${typeOf(right)}`);
  if (typeof left === 'object')
    throw new ConditionError(`== compares numbers, texts and true or false, and not ${typeOf(left)}`);
  return left === right;
}

/** Whether the first is the smaller one and so on; undefined where one of them is not there or is no number. */
export function compare(operator: '<' | '<=' | '>' | '>=', left: Value, right: Value): boolean | undefined {
  if (isAbsent(left) || isAbsent(right)) return undefined;
  if (typeof left === 'number' && typeof right === 'number') return ordered(operator, left, right);
  if (typeof left === 'string' && typeof right === 'string') return ordered(operator, left, right);
  throw new ConditionError(`${operator} compares ${typeOf(left)} with ${typeOf(right)}`);
}

function ordered<T extends number | string>(operator: '<' | '<=' | '>' | '>=', left: T, right: T): boolean {
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

/** A sum, difference, product, quotient or remainder; null where one of the values is not there. */
export function calculate(operator: '+' | '-' | '*' | '/' | '%', left: Value, right: Value): number | null {
  if (isMissing(left) || isMissing(right)) return null;
  if (typeof left !== 'number' || typeof right !== 'number') {
    throw new ConditionError(`${operator} takes numbers, and not ${typeOf(typeof left === 'number' ? right : left)}`);
  }
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
  }
}

/** A field or an element; null where there is none. An index below 0 counts from the end, as in expr-lang. */
export function memberOf(owner: Value, key: Value): Value {
  if (isMissing(owner) || isMissing(key)) return null;
  if (Array.isArray(owner)) {
    if (typeof key !== 'number')
      throw new ConditionError('a list has elements by number, such as result[0], and no fields');
    return owner.at(key) ?? null;
  }
  if (typeof owner !== 'object') throw new ConditionError(`${typeOf(owner)} has neither elements nor fields`);
  if (typeof key !== 'string') throw new ConditionError('an object has fields by name, such as result.value');
  // Its own field alone, whatever it is called; a search through all fields would make a loop quadratic.
  const found: unknown = Object.getOwnPropertyDescriptor(owner, key)?.value;
  return found ?? null;
}

/** True, false, or undefined where it cannot be told. */
export function truthOf(value: Value, what: string): boolean | undefined {
  if (isMissing(value)) return undefined;
  if (typeof value === 'boolean') return value;
  throw new ConditionError(`${what} is ${typeOf(value)}, and must be true or false`);
}

/** Both, in three-valued logic: what is false stays false whatever the other one is. */
export function both(left: boolean | undefined, right: boolean | undefined): boolean | undefined {
  if (left === false || right === false) return false;
  return left === undefined || right === undefined ? undefined : true;
}

/** The other one; undefined stays undefined. */
export function opposite(truth: boolean | undefined): boolean | undefined {
  return truth === undefined ? undefined : !truth;
}

/** Whether an operator orders two values. */
export function isOrder(operator: BinaryOperator): operator is '<' | '<=' | '>' | '>=' {
  return operator === '<' || operator === '<=' || operator === '>' || operator === '>=';
}

/** Nothing, or the truth of nothing. */
export function isMissing(value: Value): value is null | undefined {
  return value === null || value === undefined;
}

function isAbsent(value: Value): boolean {
  return isMissing(value) || Number.isNaN(value);
}
