/** What a text may have in `{{ … }}`. */
export const TEMPLATE_VARIABLES = ['namespace', 'service', 'canary', 'interval', 'weight'] as const;

/** Their values: DNS labels, a duration such as `60s`, and the canary's share in percent. */
export type TemplateValues = Readonly<Record<(typeof TEMPLATE_VARIABLES)[number], string>>;

const OPENING = '{{';
const VARIABLE = /\{\{ ?([a-z]{1,16}) ?\}\}/g;
/** DNS labels, durations and numbers: none of them can end a text, a matcher or a URL. */
const HARMLESS = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/;

/** What is wrong with the variables of a text; undefined where all are known. */
export function templateFault(text: string): string | undefined {
  const rest = text.replaceAll(VARIABLE, (whole, name: string) => (isVariable(name) ? '' : whole));
  if (!rest.includes(OPENING)) return undefined;
  return `has {{ that opens none of the variables ${TEMPLATE_VARIABLES.map((name) => `{{ ${name} }}`).join(', ')}`;
}

/** Puts values in the place of variables. Throws TypeError for a value that could change what is around it. */
export function fillTemplate(text: string, values: TemplateValues): string {
  return text.replaceAll(VARIABLE, (whole, name: string) => {
    if (!isVariable(name)) return whole;
    const value = values[name];
    if (!HARMLESS.test(value)) throw new TypeError(`the value of ${name} is none that a template takes`);
    return value;
  });
}

function isVariable(name: string): name is keyof TemplateValues {
  return TEMPLATE_VARIABLES.some((known) => known === name);
}
