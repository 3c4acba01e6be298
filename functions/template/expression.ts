import { CONTEXT_NAMES, type ContextName } from './context-names.ts';
import type { Parameter } from './parameter/parameter.ts';

/** Functions that an expression may call, JSON-e's and one of ours: scalars in, a scalar out. No clock, no `range`. */
const FUNCTIONS = [
  ...['min', 'max', 'sqrt', 'ceil', 'floor', 'abs', 'lowercase', 'uppercase', 'str', 'number', 'len', 'join'],
  ...['strip', 'rstrip', 'lstrip', 'otherPorts'],
];
const LITERALS = ['true', 'false', 'null', 'in'];
/** What can stand in an image: no `/`, `@` or `:` can be in a tag, and the values of an enum are the author's. */
const IMAGE_TYPES = ['imageTag', 'enum'];
/** Longer expressions are programs. The bound keeps the parser's recursion shallow. */
const CHARACTERS_MAX = 1_024;

/** The name of a parameter inside an expression, where `-` is minus. */
export function identifierOf(parameterName: string): string {
  return parameterName.replaceAll('-', '_');
}

/** The expressions of a text such as `--id=${owner}.${namespace}`; none where the text is just text. */
export function expressionsIn(text: string): readonly string[] {
  // `$${` is a `${` that is none; what follows it is text, in which expressions may begin again.
  return [...text.matchAll(/\$\$\{|\$\{([^}]*)(\}?)/g)].flatMap(([whole, expression = '', end]) =>
    whole === '$${' ? [] : [end === '}' ? expression : whole],
  );
}

/**
 * What is wrong with an expression, or which names of the context it uses. The rules make sure that a value can
 * never become structure: no maps (so no names of containers, no keys), no functions that make lists of a text or a
 * number. Names are checked in branches too that the defaults do not take.
 *
 * @param role `image`: where only tags and the author's own texts may stand
 */
export function checkExpression(
  expression: string,
  parameters: readonly Parameter[],
  role: 'image' | 'any',
): { readonly fault: string } | { readonly uses: readonly ContextName[] } {
  if (expression.length > CHARACTERS_MAX) return { fault: `an expression has at most ${CHARACTERS_MAX} characters` };
  const bare = expression.replaceAll(/'[^']*'|"[^"]*"/g, ' ');
  if (/['"{}]/.test(bare) || /[{}]/.test(expression)) {
    return { fault: 'an expression cannot hold { or }, not even in quotes, and its quotes must be closed' };
  }
  const uses: ContextName[] = [];
  for (const [name] of bare.matchAll(/(?<![.\w])[A-Za-z_]\w*/g)) {
    const known = CONTEXT_NAMES.find((n) => n === name);
    const parameter = parameters.find((p) => identifierOf(p.name) === name);
    if (known !== undefined) uses.push(known);
    else if (parameter === undefined) {
      if (!FUNCTIONS.includes(name) && !LITERALS.includes(name)) return { fault: `an expression cannot use ${name}` };
    } else if (role === 'image' && !IMAGE_TYPES.includes(parameter.type)) {
      return { fault: `only parameters of type ${IMAGE_TYPES.join(' and ')} can stand in an image, not ${name}` };
    }
  }
  return { uses };
}
