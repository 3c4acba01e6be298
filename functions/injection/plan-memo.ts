import { putNewest } from '../http/bounded-map.ts';
import type { Template } from '../template/template.ts';
import { type Planned, planInjection } from './plan.ts';

/** Combinations remembered per environment. A fleet uses a handful; the bound stops an annotation from growing it. */
const PLANS_MAX = 256;

/** `planInjection` with a memory: the same templates in the same versions give the same plan. */
export function createPlanMemo(): (templates: readonly Template[]) => Planned {
  const plans = new Map<string, Planned>();
  return (templates) => {
    const key = templates.map((t) => `${t.name}@${t.version}#${t.hash}${t.variant ?? ''}`).join(' ');
    const known = plans.get(key);
    if (known !== undefined) return known;
    const made = planInjection(templates);
    putNewest(plans, key, made, PLANS_MAX);
    return made;
  };
}
