import { isRecord } from '../../../json/faults.ts';
import { call } from './calls.ts';
import type { Condition } from './parse.ts';
import type { LoopName, Node } from './syntax.ts';
import {
  both,
  ConditionError,
  calculate,
  compare,
  equal,
  isMissing,
  isOrder,
  memberOf,
  opposite,
  truthOf,
  typeOf,
  type Value,
} from './values.ts';

/** Parts that one evaluation may look at: a condition of 40 parts on 2,000 values. It takes some 10 ms. */
const STEPS_MAX = 100_000;

interface Scope {
  readonly result: Value;
  /** What `#` is, in a loop. */
  readonly element?: Value;
  readonly budget: { left: number };
}

/**
 * Whether a result fulfils a condition; undefined where that cannot be told, because what is compared is not there or is no
 * number. Throws ConditionError where types do not fit, or it takes too long.
 */
export function evaluate({ root }: Condition, result: Value): boolean | undefined {
  return truthOf(valueIn(root, { result, budget: { left: STEPS_MAX } }), 'the condition');
}

function valueIn(node: Node, scope: Scope): Value {
  spend(scope, 1);
  switch (node.kind) {
    case 'literal':
      return node.value;
    case 'list':
      return node.items.map((item) => valueIn(item, scope));
    case 'result':
      return scope.result;
    case 'element':
      return scope.element;
    case 'member':
      return memberOf(valueIn(node.of, scope), valueIn(node.key, scope));
    case 'not':
      return opposite(truthOf(valueIn(node.of, scope), 'what ! turns round'));
    case 'negate':
      return calculate('-', 0, valueIn(node.of, scope));
    case 'call': {
      const values = node.values.map((value) => valueIn(value, scope));
      // `len` of an object lists its fields.
      if (node.name === 'len') spend(scope, sizeOf(values[0]));
      return call(node.name, values);
    }
    case 'binary':
      return binary(node, scope);
    case 'loop':
      return loop(node, scope);
  }
}

/** Takes so many parts off the budget: whatever looks at each element counts each, or a loop of it would be quadratic. */
function spend({ budget }: Scope, parts: number): void {
  budget.left -= parts;
  if (budget.left < 0) throw new ConditionError('the result is too long for this condition');
}

function sizeOf(value: Value): number {
  if (Array.isArray(value)) return value.length;
  return isRecord(value) ? Object.keys(value).length : 0;
}

function binary(node: Extract<Node, { kind: 'binary' }>, scope: Scope): Value {
  const { operator, left, right } = node;
  if (operator === '&&' || operator === '||') return logical(node, scope);
  const [a, b] = [valueIn(left, scope), valueIn(right, scope)];
  if (operator === 'in') {
    spend(scope, sizeOf(b));
    return isIn(a, b);
  }
  if (isOrder(operator)) return compare(operator, a, b);
  if (operator === '==' || operator === '!=') {
    // `result == nil` asks whether there is one.
    const asksForNil = isNil(left) || isNil(right);
    const same = asksForNil ? isMissing(a) === isMissing(b) : equal(a, b);
    return operator === '==' ? same : opposite(same);
  }
  return calculate(operator, a, b);
}

function isNil(node: Node): boolean {
  return node.kind === 'literal' && node.value === null;
}

/**
 * From left to right, as everywhere: the second half is looked at only where the first one leaves it open
 * (`len(result) == 0 || result[0] < 1`), and nothing can be told where the first one cannot.
 */
function logical({ operator, left, right }: Extract<Node, { kind: 'binary' }>, scope: Scope): boolean | undefined {
  const truth = (half: Node): boolean | undefined => truthOf(valueIn(half, scope), `what stands beside ${operator}`);
  const first = truth(left);
  return first === (operator === '&&') ? truth(right) : first;
}

function isIn(value: Value, list: Value): boolean | undefined {
  if (isMissing(list)) return undefined;
  if (!Array.isArray(list)) throw new ConditionError(`in looks into a list, and not into ${typeOf(list)}`);
  const found = list.map((item: unknown) => typeOf(item) === typeOf(value) && equal(item, value));
  if (found.includes(true)) return true;
  return isMissing(value) || Number.isNaN(value) ? undefined : false;
}

function loop({ name, list, test }: Extract<Node, { kind: 'loop' }>, scope: Scope): Value {
  const items = valueIn(list, scope);
  // Of nothing all would be true, and a release must not go on by that.
  if (isMissing(items) || (Array.isArray(items) && items.length === 0)) return undefined;
  if (!Array.isArray(items)) throw new ConditionError(`${name} looks at a list, and not at ${typeOf(items)}`);
  const truths = items.map((element: unknown) => truthOf(valueIn(test, { ...scope, element }), `the test of ${name}`));
  return ofTruths(name, truths);
}

function ofTruths(name: LoopName, truths: readonly (boolean | undefined)[]): Value {
  const isAny = truths.includes(true) ? true : truths.includes(undefined) ? undefined : false;
  switch (name) {
    case 'all':
      return truths.reduce(both, true);
    case 'any':
      return isAny;
    case 'none':
      return opposite(isAny);
    case 'count':
      return truths.includes(undefined) ? null : truths.filter((truth) => truth === true).length;
  }
}
