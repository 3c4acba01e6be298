import { createHash } from 'node:crypto';
import { describeFaults } from '../faults.ts';
import { deepFreeze } from '../template/freeze.ts';
import type { ParameterValue } from '../template/parameter-types.ts';
import { renderFragment } from '../template/parse-fragment.ts';
import type { RenderContext } from '../template/render.ts';
import type { Template } from '../template/template.ts';
import type { ParameterValues } from './parameters.ts';

/** Templates with their values put in, or why one could not be. */
export type Rendered = { readonly templates: readonly Template[] } | { readonly failed: string };

/** Renderings remembered for one version of one template: as many as a fleet has sets of values, or workloads. */
const VARIANTS_MAX = 256;
/** A sentence about a failed rendering is cut here: it goes into a denial. */
const WHY_CHARACTERS_MAX = 400;

type Variant = { readonly template: Template } | { readonly failed: string };

/** Parsed templates are one object per name, version and content, so they are the key; gone with the version. */
const variants = new WeakMap<Template, Map<string, Variant>>();
const NO_VALUES: ParameterValues = new Map();

/**
 * Puts values into the templates that have expressions; the others are passed on as they are. The same values and the
 * same context, as far as the template uses it, give the same frozen Template, which plans and operations are
 * remembered by.
 *
 * @param context asked only when a template is to be rendered
 */
export function renderTemplates(
  templates: readonly Template[],
  values: ReadonlyMap<Template, ParameterValues>,
  context: () => RenderContext,
): Rendered {
  if (templates.every((t) => t.rendering === undefined)) return { templates };
  const whole = context();
  const rendered: Template[] = [];
  for (const template of templates) {
    const variant = variantOf(template, values.get(template) ?? NO_VALUES, whole);
    if ('failed' in variant) return { failed: `${template.name}: ${variant.failed}` };
    rendered.push(variant.template);
  }
  return { templates: rendered };
}

function variantOf(template: Template, values: ParameterValues, context: RenderContext): Variant {
  const { rendering } = template;
  if (rendering === undefined) return { template };
  // What the record does not say must be unknown to the expression, not undefined.
  const used: RenderContext = Object.fromEntries(
    rendering.uses.flatMap((name) => (context[name] === undefined ? [] : [[name, context[name]]])),
  );
  const key = keyOf(values, used);
  const known = variants.get(template) ?? new Map<string, Variant>();
  variants.set(template, known);
  const remembered = known.get(key);
  if (remembered !== undefined) return remembered;
  const oldest = known.size < VARIANTS_MAX ? undefined : known.keys().next().value;
  if (oldest !== undefined) known.delete(oldest);
  const pod = renderFragment(rendering, values, used);
  const made: Variant = pod.valid
    ? { template: deepFreeze({ ...template, pod: pod.value, variant: createHash('sha256').update(key).digest('hex') }) }
    : { failed: describeFaults(pod.faults).slice(0, WHY_CHARACTERS_MAX) };
  known.set(key, made);
  return made;
}

function keyOf(values: ReadonlyMap<string, ParameterValue>, used: RenderContext): string {
  return JSON.stringify([[...values], used]);
}
