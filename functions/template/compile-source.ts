import type { Check } from '../json/check.ts';
import { isRecord } from '../json/faults.ts';
import type { Json } from '../json/json.ts';
import type { ContextName } from './context-names.ts';
import { checkExpression, expressionsIn } from './expression.ts';
import { OPERATORS } from './operators.ts';
import type { Parameter } from './parameter/parameter.ts';

/** A part of a template that is rendered for every set of values. */
export interface Rendering {
  /** For JSON-e: merge directives are escaped, so that they are never taken for operators. */
  readonly source: Json;
  /** The names of the context that it depends on. */
  readonly uses: readonly ContextName[];
}

/** Merge directives of Kubernetes. JSON-e does not know them. */
const DIRECTIVE = /^\$(patch$|retainKeys$|setElementOrder\/|deleteFromPrimitiveList\/)/;
/** Lists whose elements are identified by name. The name is always a literal. */
const NAMED_LISTS = ['containers', 'initContainers', 'volumes', 'env'];
/** Paths of the container names that an amendment targets. */
const TARGET = /^spec\.amend\b[^.]*(\.(then|else))?\.(container|except)$/;

interface Place {
  readonly path: string;
  readonly role: 'image' | 'any';
  /** An element of one of the named lists, or of a list of such. */
  readonly isNamed: boolean;
  readonly inJson: boolean;
}

/**
 * Checks a part of a template as a JSON-e template, and prepares it.
 *
 * @returns what to render, or undefined where nothing in it depends on anything
 */
export function compileSource(
  check: Check,
  source: Json,
  path: string,
  parameters: readonly Parameter[],
): Rendering | undefined {
  const compiler = new Compiler(check, parameters);
  const compiled = compiler.compile(source, { path, role: 'any', isNamed: false, inJson: false });
  if (!compiler.isDynamic) return undefined;
  return { source: isRecord(compiled) ? compiled : {}, uses: [...compiler.uses].sort() };
}

/** One walk over a source: checks it, escapes it, and notes what it depends on. */
class Compiler {
  readonly uses = new Set<ContextName>();
  isDynamic = false;
  private readonly check: Check;
  private readonly parameters: readonly Parameter[];

  constructor(check: Check, parameters: readonly Parameter[]) {
    this.check = check;
    this.parameters = parameters;
  }

  compile(value: unknown, place: Place): unknown {
    if (typeof value === 'string') {
      // An escaped `$${` is unescaped by rendering.
      this.isDynamic ||= value.includes('${');
      for (const expression of expressionsIn(value)) this.examine(expression, place, place.role);
      return value;
    }
    if (Array.isArray(value)) {
      return value.map((item: unknown, i) => this.compile(item, { ...place, path: `${place.path}[${i}]` }));
    }
    if (!isRecord(value)) return value;
    const operator = Object.keys(value).find((key) => key.startsWith('$') && !DIRECTIVE.test(key));
    return operator === undefined ? this.compileMap(value, place) : this.compileOperator(value, operator, place);
  }

  private compileMap(value: Json, place: Place): Json {
    const entries = Object.entries(value).map(([key, inner]): [string, unknown] => {
      const path = `${place.path}.${key}`;
      if (key.includes('${')) this.check.fault(path, 'a key cannot hold an expression');
      const isVarying = JSON.stringify(inner)?.includes('$') === true;
      if (isVarying && place.isNamed && key === 'name') this.check.fault(path, 'must be written out: it cannot vary');
      if (isVarying && TARGET.test(path)) this.check.fault(path, 'must be written out: it cannot vary');
      if (!DIRECTIVE.test(key)) return [key, this.compile(inner, { ...roleOf(key, place), path })];
      if (isVarying) this.check.fault(path, 'a merge directive cannot vary');
      return [`$${key}`, inner];
    });
    // Not by assignment: `__proto__` must stay a key, so that the Pod's checks find it.
    return Object.fromEntries(entries);
  }

  private compileOperator(value: Json, operator: string, place: Place): Json {
    const beside = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (beside === undefined) {
      this.check.fault(`${place.path}.${operator}`, `is no operator; known are ${Object.keys(OPERATORS).join(', ')}`);
      return {};
    }
    this.isDynamic = true;
    if (place.inJson && operator === '$json')
      this.check.fault(`${place.path}.$json`, 'cannot stand inside another $json');
    const entries = Object.entries(value).map(([key, inner]): [string, unknown] => {
      const path = `${place.path}.${key}`;
      if (key !== operator && !beside.includes(key)) this.check.fault(path, `cannot stand beside ${operator}`);
      if (key !== operator) return [key, this.compile(inner, { ...place, path })];
      return [
        key,
        this.compileOperand(operator, inner, { ...place, path, inJson: place.inJson || operator === '$json' }),
      ];
    });
    return Object.fromEntries(entries);
  }

  private compileOperand(operator: string, operand: unknown, place: Place): unknown {
    if (operator === '$eval' || operator === '$if') {
      if (typeof operand === 'string') this.examine(operand, place, operator === '$if' ? 'any' : place.role);
      else this.check.fault(place.path, 'must be an expression');
      return operand;
    }
    if (operator !== '$switch' && operator !== '$match') return this.compile(operand, place);
    if (!isRecord(operand)) this.check.fault(place.path, 'must be a map from conditions to values');
    const branches = Object.entries(isRecord(operand) ? operand : {}).map(([condition, inner]): [string, unknown] => {
      const path = `${place.path}[${JSON.stringify(condition)}]`;
      if (condition !== '$default' || operator === '$match') this.examine(condition, { ...place, path }, 'any');
      return [condition, this.compile(inner, { ...place, path })];
    });
    return Object.fromEntries(branches);
  }

  private examine(expression: string, { path }: Place, role: Place['role']): void {
    const checked = checkExpression(expression, this.parameters, role);
    if ('fault' in checked) this.check.fault(path, checked.fault);
    else for (const name of checked.uses) this.uses.add(name);
  }
}

function roleOf(key: string, place: Place): Pick<Place, 'role' | 'isNamed' | 'inJson'> {
  const isImage = key === 'image' || (key === 'reference' && place.role === 'image');
  return { role: isImage ? 'image' : 'any', isNamed: NAMED_LISTS.includes(key), inJson: place.inJson };
}
