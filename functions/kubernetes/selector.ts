import { type Check, own } from '../json/check.ts';
import { isRecord } from '../json/faults.ts';

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

/** Kubernetes' LabelSelector (meta/v1): all parts are ANDed, an empty one matches everything. */
export interface LabelSelector {
  readonly matchLabels: ReadonlyMap<string, string>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: (typeof OPERATORS)[number];
    readonly values: readonly string[];
  }[];
}

/** Whether labels satisfy a selector, by the rules of k8s.io/apimachinery's `labels.Selector`. */
export function matchesLabels(selector: LabelSelector, labels: Readonly<Record<string, unknown>>): boolean {
  for (const [key, value] of selector.matchLabels) {
    if (own(labels, key) !== value) return false;
  }
  return selector.matchExpressions.every((expression) => satisfies(expression, own(labels, expression.key)));
}

function satisfies({ operator, values }: LabelSelector['matchExpressions'][number], value: unknown): boolean {
  switch (operator) {
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'In':
      return typeof value === 'string' && values.includes(value);
    case 'NotIn':
      // As in Kubernetes: an absent label is not in the set.
      return typeof value !== 'string' || !values.includes(value);
  }
}

/** Reads a LabelSelector and reports every fault to `check`. */
export function parseSelector(check: Check, value: unknown, path: string): LabelSelector {
  const selector = isRecord(value) ? value : {};
  if (!isRecord(value)) check.fault(path, 'must be an object');
  check.onlyKeys(selector, path, ['matchLabels', 'matchExpressions']);
  const matchLabels = new Map<string, string>();
  for (const [key, wanted] of Object.entries(check.object(selector, 'matchLabels', `${path}.matchLabels`) ?? {})) {
    if (typeof wanted === 'string') matchLabels.set(key, wanted);
    else check.fault(`${path}.matchLabels.${key}`, 'must be a string');
  }
  const expressions = own(selector, 'matchExpressions') ?? [];
  if (!Array.isArray(expressions)) check.fault(`${path}.matchExpressions`, 'must be a list');
  return {
    matchLabels,
    matchExpressions: (Array.isArray(expressions) ? expressions : []).map((e: unknown, i) =>
      parseExpression(check, e, `${path}.matchExpressions[${i}]`),
    ),
  };
}

function parseExpression(check: Check, value: unknown, path: string): LabelSelector['matchExpressions'][number] {
  const expression = isRecord(value) ? value : {};
  check.onlyKeys(expression, path, ['key', 'operator', 'values']);
  const key = check.string(expression, 'key', `${path}.key`);
  if (own(expression, 'operator') === undefined) check.fault(`${path}.operator`, 'is missing');
  const operator = check.oneOf(expression, 'operator', `${path}.operator`, OPERATORS, 'Exists');
  const values = check.strings(expression, 'values', `${path}.values`, /^.*$/, 'a string') ?? [];
  const wantsValues = operator === 'In' || operator === 'NotIn';
  if (wantsValues !== values.length > 0) {
    check.fault(
      `${path}.values`,
      wantsValues ? `must not be empty with ${operator}` : `must be absent with ${operator}`,
    );
  }
  return { key, operator, values };
}
