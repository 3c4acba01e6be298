import { createHash } from 'node:crypto';
import { putNewest } from '../http/bounded-map.ts';
import { describeFaults } from '../json/faults.ts';
import { deepFreeze } from '../json/freeze.ts';
import type { Rendering } from '../template/compile-source.ts';
import type { ContextName } from '../template/context-names.ts';
import type { ParameterValue } from '../template/parameter/types.ts';
import { defaultValues, renderFragment } from '../template/parse/parse-fragment.ts';
import type { RenderContext } from '../template/render.ts';
import type { Template } from '../template/template.ts';
import type { ParameterValues } from './parameters.ts';
import { findRaise } from './prove/privileges.ts';

/** Templates with their values put in; or why one cannot be; or where its values ask for more than its defaults. */
export type Rendered =
  | { readonly templates: readonly Template[] }
  | { readonly failed: string }
  | { readonly raised: string };

/** Renderings remembered for one version of one template: as many as a fleet has sets of values, or workloads. */
const VARIANTS_MAX = 256;
/** A sentence about a failed rendering is cut here: it goes into a denial. */
const WHY_CHARACTERS_MAX = 400;

/** What to do about a name that a Kubernetes cluster's record does not say. */
const FIX: Readonly<Partial<Record<ContextName, string>>> = {
  discovery:
    "the cluster record has no discovery: set discovery.host there, the name of the endpoint for the proxies' polls",
};

type Variant = { readonly template: Template } | { readonly failed: string } | { readonly raised: string };

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
    if ('raised' in variant) return { raised: `${template.name}: ${variant.raised}` };
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
  const missing = rendering.uses.find((name) => used[name] === undefined);
  if (missing !== undefined) return { failed: FIX[missing] ?? `the context has no ${missing}` };
  const key = keyOf(values, used);
  const known = variants.get(template) ?? new Map<string, Variant>();
  variants.set(template, known);
  const remembered = known.get(key);
  if (remembered !== undefined) return remembered;
  const made = makeVariant(template, rendering, values, used, key);
  putNewest(known, key, made, VARIANTS_MAX);
  return made;
}

function makeVariant(
  template: Template,
  rendering: Rendering,
  values: ParameterValues,
  used: RenderContext,
  key: string,
): Variant {
  const pod = renderFragment(rendering, values, used);
  if (!pod.valid) return { failed: describeFaults(pod.faults).slice(0, WHY_CHARACTERS_MAX) };
  // In the same context: what the Kubernetes cluster or the workload make of a template is the author's own wish.
  const defaults = defaultValues(template.parameters ?? []);
  const base = keyOf(defaults, used) === key ? pod : renderFragment(rendering, defaults, used);
  if (!base.valid) return { failed: describeFaults(base.faults).slice(0, WHY_CHARACTERS_MAX) };
  const raised = findRaise(base.value, pod.value);
  if (raised !== undefined) return { raised };
  const variant = createHash('sha256').update(key).digest('hex');
  return { template: deepFreeze({ ...template, pod: pod.value, variant }) };
}

function keyOf(values: ReadonlyMap<string, ParameterValue>, used: RenderContext): string {
  return JSON.stringify([[...values], used]);
}
