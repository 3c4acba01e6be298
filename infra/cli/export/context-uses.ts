import { isRecord } from '../../../functions/json/faults.ts';
import type { Rendering } from '../../../functions/template/compile-source.ts';
import type { ContextName } from '../../../functions/template/context-names.ts';
import { checkExpression, expressionsIn } from '../../../functions/template/expression.ts';
import type { Parameter } from '../../../functions/template/parameter/parameter.ts';

/** An expression of a template that depends on the Pod or its Kubernetes cluster. */
export interface ContextUse {
  readonly path: string;
  readonly uses: readonly ContextName[];
}

/** Operators whose operand is an expression, and those whose branches have one as their key. */
const OPERANDS = ['$eval', '$if'];
const BRANCHES = ['$switch', '$match'];

/** Where a template names its context, by path from the document's root. */
export function findContextUses({ source }: Rendering, parameters: readonly Parameter[]): readonly ContextUse[] {
  return walk(source, 'spec', parameters, false);
}

function walk(value: unknown, path: string, parameters: readonly Parameter[], isExpression: boolean): ContextUse[] {
  if (typeof value === 'string') {
    const expressions = isExpression ? [value] : expressionsIn(value);
    return expressions.flatMap((expression) => usesOf(expression, path, parameters));
  }
  if (Array.isArray(value)) return value.flatMap((item: unknown, i) => walk(item, `${path}[${i}]`, parameters, false));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = `${path}.${key}`;
    if (!BRANCHES.includes(key) || !isRecord(inner)) return walk(inner, at, parameters, OPERANDS.includes(key));
    return Object.entries(inner).flatMap(([condition, branch]) => {
      const branchAt = `${at}[${JSON.stringify(condition)}]`;
      const uses = condition === '$default' ? [] : usesOf(condition, branchAt, parameters);
      return [...uses, ...walk(branch, branchAt, parameters, false)];
    });
  });
}

function usesOf(expression: string, path: string, parameters: readonly Parameter[]): ContextUse[] {
  const checked = checkExpression(expression, parameters, 'any');
  return 'uses' in checked && checked.uses.length > 0 ? [{ path, uses: [...new Set(checked.uses)] }] : [];
}
