import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { isContainerDefault } from '../../kubernetes/container-defaults.ts';
import { CONTAINER } from '../../kubernetes/merge/merge-keys.ts';
import { type Rule, ruleOf } from '../../kubernetes/merge/rule.ts';
import { covers, isOmitted, keyOf } from '../../kubernetes/merge/same-values.ts';
import { type AdmissionAdds, isAddedByAdmission } from './admission-adds.ts';

/** Something of a container that goes beyond a template: a field, or one element of a list that has keys. */
export interface Stray {
  readonly field: string;
  readonly element?: Json;
}

/** What may stand in a container beyond the template. */
export interface Allowances {
  /** The fields that are the Pod's to set (`customization`). */
  readonly fields: readonly string[];
  readonly adds?: AdmissionAdds | undefined;
  /** The API server gives a Pod on the host network its ports as host ports. */
  readonly hostNetwork?: boolean;
}

/**
 * What a container has beyond a template's: `covers` asks for what is missing, this for what is too much. Not counted:
 * the API server's defaults, what admission adds, and resources of which the template says nothing (LimitRanger).
 */
export function straysOf(live: Json, wanted: Json, allowances: Allowances): readonly Stray[] {
  const strays: Stray[] = [];
  for (const [field, value] of Object.entries(live)) {
    const current = own(wanted, field);
    if (field === 'name' || value === current || value === null || allowances.fields.includes(field)) continue;
    addStrays(field, value, current, allowances, strays);
  }
  return strays;
}

function addStrays(field: string, value: unknown, current: unknown, allowances: Allowances, strays: Stray[]): void {
  const rule = ruleOf(CONTAINER, field);
  if (rule?.kind !== 'list' || !Array.isArray(value)) {
    const isStray = field === 'resources' ? isMoreResources(value, current) : isMore(field, '', value, current, rule);
    if (isStray) strays.push({ field });
    return;
  }
  const elements = Array.isArray(current) ? current : [];
  for (const element of value) {
    if (isElementWanted(element, elements, field, rule, allowances)) continue;
    strays.push(isRecord(element) ? { field, element } : { field });
  }
}

function isElementWanted(
  element: unknown,
  wanted: readonly unknown[],
  field: string,
  rule: Rule & { kind: 'list' },
  { adds, hostNetwork }: Allowances,
): boolean {
  const key = keyOf(element, rule.key);
  const twins = wanted.filter((other) => key !== undefined && keyOf(other, rule.key) === key);
  if (twins.length === 0) return isAddedByAdmission(field, element, adds);
  const live = field === 'ports' && hostNetwork === true ? withoutHostPort(element) : element;
  // Of twins with one name the last counts: each must say what the template says, and no more.
  return twins.some((twin) => covers(live, twin, rule.element) && !isMoreThan(field, live, twin, rule.element));
}

function withoutHostPort(port: unknown): unknown {
  if (!isRecord(port) || own(port, 'hostPort') !== own(port, 'containerPort')) return port;
  const { hostPort: _, ...rest } = port;
  return rest;
}

/** Whether two elements or fields say the same, but for what the API server fills in. */
export function isSameButDefaults(field: string, live: unknown, wanted: unknown, rule: Rule | undefined): boolean {
  return covers(live, wanted, rule) && !isMoreThan(field, live, wanted, rule);
}

/** Whether a field says more than was wanted; `owner` is the field that holds it. */
function isMore(key: string, owner: string, live: unknown, wanted: unknown, rule: Rule | undefined): boolean {
  if (live === wanted || live === null || live === undefined) return false;
  if (wanted !== undefined && wanted !== null) return isMoreThan(key, live, wanted, rule);
  return !isOmitted(key, live, undefined) && !isContainerDefault(owner, key, live);
}

function isMoreThan(key: string, live: unknown, wanted: unknown, rule: Rule | undefined): boolean {
  if (Array.isArray(live)) {
    const element = rule?.kind === 'atomic' || rule?.kind === 'list' ? rule.element : undefined;
    if (!Array.isArray(wanted) || live.length !== wanted.length) return true;
    return live.some((item, i) => isMoreThan(key, item, wanted[i], element));
  }
  if (isRecord(live)) {
    if (!isRecord(wanted)) return true;
    return Object.entries(live).some(([name, value]) =>
      isMore(name, key, value, own(wanted, name), ruleOf(rule, name)),
    );
  }
  return !covers(live, wanted, rule);
}

/** LimitRanger fills in what is not set, resource by resource; the API server a request for each limit. */
function isMoreResources(live: unknown, wanted: unknown): boolean {
  if (!isRecord(live)) return true;
  return Object.entries(live).some(([kind, values]) => {
    const ours = isRecord(wanted) ? own(wanted, kind) : undefined;
    if (kind !== 'limits' && kind !== 'requests') return isMore(kind, 'resources', values, ours, undefined);
    if (!isRecord(values)) return values !== null;
    const rule: Rule = { kind: 'quantity' };
    return Object.entries(values).some(([name, value]) => {
      const own_ = isRecord(ours) ? own(ours, name) : undefined;
      return own_ !== undefined && own_ !== null && !covers(value, own_, rule);
    });
  });
}
