import { describeFaults } from '../../../functions/json/faults.ts';
import type { Parameter } from '../../../functions/template/parameter/parameter.ts';
import type { ParameterValue } from '../../../functions/template/parameter/types.ts';
import { defaultValues, renderFragment, SAMPLE_CONTEXT } from '../../../functions/template/parse/parse-fragment.ts';
import type { PodFragment, Template } from '../../../functions/template/template.ts';

/** What a template becomes, and for which values it becomes nothing. */
export interface Variants {
  /** With the defaults first. */
  readonly pods: readonly PodFragment[];
  readonly failures: readonly { readonly when: string; readonly why: string }[];
}

/** A template with more branches than this is a program; the rest of them is tried when a Pod asks. */
const VARIANTS_MAX = 256;

/**
 * Renders a template with its defaults, with every other value of each boolean and enum, one at a time, and without native
 * sidecars: what stands in a branch that the defaults do not take would else be looked at only when a Pod takes it.
 */
export function variantsOf({ pod, parameters = [], rendering }: Template): Variants {
  if (rendering === undefined) return { pods: [pod], failures: [] };
  const defaults = defaultValues(parameters);
  const others = alternativesTo(defaults, parameters);
  const pods = [pod];
  const failures: { when: string; why: string }[] = [];
  const render = (values: ReadonlyMap<string, ParameterValue>, context: typeof SAMPLE_CONTEXT, when: string): void => {
    const rendered = renderFragment(rendering, values, context);
    if (rendered.valid) pods.push(rendered.value);
    else failures.push({ when, why: describeFaults(rendered.faults) });
  };
  for (const { name, value } of others) {
    render(new Map([...defaults, [name, value]]), SAMPLE_CONTEXT, `${name}=${value}`);
  }
  if (rendering.uses.includes('nativeSidecars')) {
    render(defaults, { ...SAMPLE_CONTEXT, nativeSidecars: false }, 'nativeSidecars: false');
  }
  return { pods, failures };
}

/** Every other value of each boolean and enum, one at a time; at most 256. */
export function alternativesTo(
  values: ReadonlyMap<string, ParameterValue>,
  parameters: readonly Parameter[],
): readonly { readonly name: string; readonly value: ParameterValue }[] {
  const others = parameters.flatMap(({ name, type, values: allowed }) => {
    const all: readonly ParameterValue[] = allowed ?? (type === 'boolean' ? [false, true] : []);
    return all.filter((value) => value !== values.get(name)).map((value) => ({ name, value }));
  });
  return others.slice(0, VARIANTS_MAX);
}
