import { own } from '../json/check.ts';
import { describeParameter, echo, type Parameter, readParameterValue } from '../template/parameter/parameter.ts';
import type { ParameterValue } from '../template/parameter/types.ts';
import type { Template } from '../template/template.ts';
import { PARAMETER_PREFIX } from './annotations.ts';

/** The values of a template's parameters, by name. */
export type ParameterValues = ReadonlyMap<string, ParameterValue>;

/** Values for each of the templates, or a sentence about the first that does not fit. */
export type ReadParameters =
  | { readonly values: ReadonlyMap<Template, ParameterValues>; readonly warnings: readonly string[] }
  | { readonly invalid: string };

const NO_VALUES: ReadonlyMap<Template, ParameterValues> = new Map();
/** Unknown names that a warning tells; a warning has 120 characters. */
const NAMES_SHOWN_MAX = 3;

/**
 * Reads the parameters of the chosen templates from a Pod's annotations. Two templates that share a name share the
 * annotation, and its value must fit both. What no chosen template declares is ignored with a warning: the Pod's
 * author may have written it for a template that its namespace gets elsewhere.
 */
export function readParameters(
  templates: readonly Template[],
  annotations: Readonly<Record<string, unknown>>,
): ReadParameters {
  const said = Object.keys(annotations).filter((key) => key.startsWith(PARAMETER_PREFIX));
  const hasParameters = templates.some((t) => t.parameters !== undefined);
  if (said.length === 0 && !hasParameters) return { values: NO_VALUES, warnings: [] };

  const values = new Map<Template, ParameterValues>();
  const declared = new Set<string>();
  for (const template of templates) {
    const its = new Map<string, ParameterValue>();
    for (const parameter of template.parameters ?? []) {
      declared.add(PARAMETER_PREFIX + parameter.name);
      const value = valueFor(parameter, annotations, template.name);
      if (typeof value === 'object') return value;
      its.set(parameter.name, value);
    }
    values.set(template, its);
  }
  const unknown = said.filter((key) => !declared.has(key));
  return { values, warnings: unknown.length === 0 ? [] : [warningAbout(unknown)] };
}

function valueFor(
  parameter: Parameter,
  annotations: Readonly<Record<string, unknown>>,
  template: string,
): ParameterValue | { readonly invalid: string } {
  const annotation = PARAMETER_PREFIX + parameter.name;
  const text = own(annotations, annotation) ?? undefined;
  if (text === undefined) {
    const required = `template "${template}" requires parameter "${parameter.name}"`;
    return (
      parameter.default ?? { invalid: `${required}: set annotation ${annotation} (${describeParameter(parameter)})` }
    );
  }
  const wanted = `${parameter.name} (${parameter.type}) must be ${describeParameter(parameter)}`;
  if (typeof text !== 'string') return { invalid: `${wanted}, as a text` };
  return readParameterValue(parameter, text) ?? { invalid: `${wanted}, not ${echo(text)}` };
}

function warningAbout(unknown: readonly string[]): string {
  const names = unknown.slice(0, NAMES_SHOWN_MAX).map((key) => key.slice(PARAMETER_PREFIX.length));
  const more = unknown.length > NAMES_SHOWN_MAX ? ` and ${unknown.length - NAMES_SHOWN_MAX} more` : '';
  return `outrigger: no chosen template has a parameter ${names.join(', ')}${more}; ignored`;
}
