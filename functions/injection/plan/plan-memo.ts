import { putNewest } from '../../http/bounded-map.ts';
import type { Template } from '../../template/template.ts';
import { type Planned, planInjection } from './plan.ts';

/** Combinations remembered per environment. A fleet uses a handful; the bound stops an annotation from growing it. */
const PLANS_MAX = 256;

/** What tells a template from all others; parsed and rendered ones are one frozen object each, whose text is made once. */
const keys = new WeakMap<Template, string>();

/** `planInjection` with a memory: the same templates in the same versions give the same plan. */
export function createPlanMemo(): (templates: readonly Template[]) => Planned {
  const plans = new Map<string, Planned>();
  return (templates) => {
    const key = templates.map(keyOf).join(' ');
    const known = plans.get(key);
    if (known !== undefined) return known;
    const made = planInjection(templates);
    putNewest(plans, key, made, PLANS_MAX);
    return made;
  };
}

function keyOf(template: Template): string {
  const known = keys.get(template);
  if (known !== undefined) return known;
  const { name, version, hash, variant = '' } = template;
  const key = `${name}@${version}#${hash}${variant}`;
  if (Object.isFrozen(template)) keys.set(template, key);
  return key;
}
