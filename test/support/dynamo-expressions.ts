/** One attribute on the wire, of the kinds that our items have. */
export interface AttributeValue {
  readonly S?: string;
  readonly N?: string;
  readonly M?: Attributes;
}
/** An item on the wire. */
export type Attributes = Readonly<Record<string, AttributeValue>>;
/** The primary key of an item. */
export type Keyed = { readonly PK: { readonly S: string }; readonly SK: { readonly S: string } };

/** What an expression stands with in a call. */
export interface Condition {
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Attributes;
}

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
};

/**
 * Whether an item meets a condition, as far as our stores use the language: comparisons, `BETWEEN`, `begins_with`,
 * `attribute_exists` and `attribute_not_exists`, joined by `AND` and `OR` without parentheses. Throws for anything else.
 */
export function holds(expression: string | undefined, item: Attributes | undefined, names: Condition): boolean {
  if (expression === undefined) return true;
  const attributeAt = (name: string): AttributeValue | undefined =>
    name.startsWith(':')
      ? names.ExpressionAttributeValues?.[name]
      : item?.[names.ExpressionAttributeNames?.[name] ?? name];
  for (const [, from = '', to = ''] of expression.matchAll(/BETWEEN (\S+) AND (\S+)/g)) {
    const order = orderOf(attributeAt(from), attributeAt(to));
    if (order !== undefined && order > 0)
      throw new Error('ValidationException: the lower bound of BETWEEN is above the upper one');
  }
  // The AND of a BETWEEN is none that joins.
  const joined = expression.replaceAll(/(\S+) BETWEEN (\S+) AND (\S+)/g, '$2 <= $1 AND $1 <= $3');
  const met = (term: string): boolean => {
    const [, call, path = '', prefix] = /^(\w+)\((\S+?)(?:, (\S+))?\)$/.exec(term) ?? [];
    if (call === 'attribute_exists') return attributeAt(path) !== undefined;
    if (call === 'attribute_not_exists') return attributeAt(path) === undefined;
    if (call === 'begins_with') return attributeAt(path)?.S?.startsWith(attributeAt(prefix ?? '')?.S ?? '') === true;
    const [left = '', sign = '', right = '', ...more] = term.split(' ');
    const isMet = COMPARISONS[sign];
    if (isMet === undefined || more.length > 0) throw new Error(`the test's DynamoDB does not know ${term}`);
    const order = orderOf(attributeAt(left), attributeAt(right));
    return order !== undefined && isMet(order);
  };
  return joined.split(' OR ').some((side) => side.split(' AND ').every(met));
}

/** An item after `SET a = :a, b = :b`. */
export function updated(item: Attributes, expression: string, names: Condition): Attributes {
  const sets = expression.replace(/^SET /, '').split(', ');
  const changes = sets.map((set) => {
    const [path = '', value = ''] = set.split(' = ');
    return [names.ExpressionAttributeNames?.[path] ?? path, names.ExpressionAttributeValues?.[value] ?? {}] as const;
  });
  return { ...item, ...Object.fromEntries(changes) };
}

/** undefined where one is missing or they are of two kinds: no comparison holds then. */
function orderOf(left: AttributeValue | undefined, right: AttributeValue | undefined): number | undefined {
  if (left?.N !== undefined && right?.N !== undefined) return Number(left.N) - Number(right.N);
  if (left?.S === undefined || right?.S === undefined) return undefined;
  return Buffer.compare(Buffer.from(left.S), Buffer.from(right.S));
}
