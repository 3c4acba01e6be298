/** How a text becomes a literal of CEL (the expression language of admission policies). */
export type Quote = (text: string) => string;

/** A condition in CEL, and its opposite; `true` and `false` where that is no question. */
export interface Cel {
  readonly yes: string;
  readonly no: string;
}

/** A condition whose opposite has no shorter form than its negation. */
export function celOf(yes: string): Cel {
  return { yes, no: negated(yes) };
}

/** Conditions of which all must hold; `&&` between them. */
export function celAll(parts: readonly Cel[]): Cel {
  return { yes: joined(parts, 'yes', ' && ', 'true'), no: joined(parts, 'no', ' || ', 'false') };
}

/** Conditions of which one must hold. */
export function celAny(parts: readonly Cel[]): Cel {
  return { yes: joined(parts, 'yes', ' || ', 'false'), no: joined(parts, 'no', ' && ', 'true') };
}

/** `a && b` in parentheses, without what is no question. */
export function both(a: string, b: string): string {
  if (a === 'true' || b === 'false') return b;
  return b === 'true' || a === 'false' ? a : `(${a}) && (${b})`;
}

/** `a || b` in parentheses, without what is no question. */
export function either(a: string, b: string): string {
  if (a === 'false' || b === 'true') return b;
  return b === 'false' || a === 'true' ? a : `(${a}) || (${b})`;
}

/** `!(condition)`, without what is no question. */
export function negated(condition: string): string {
  if (condition === 'true') return 'false';
  return condition === 'false' ? 'true' : `!(${condition})`;
}

/** @param unit what the operator has no effect on; the other constant decides alone */
function joined(parts: readonly Cel[], side: keyof Cel, operator: ' && ' | ' || ', unit: 'true' | 'false'): string {
  const texts = parts.map((part) => part[side]).filter((text) => text !== unit);
  const decisive = negated(unit);
  if (texts.includes(decisive)) return decisive;
  const [only, ...more] = texts;
  if (only === undefined || more.length === 0) return only ?? unit;
  return texts.map((text) => (/ && | \|\| | \? /.test(text) ? `(${text})` : text)).join(operator);
}
