import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { RETAIN_KEYS } from './directives.ts';
import type { Rule, Union } from './rule.ts';
import { membersOf } from './same-values.ts';

/** Whether a map of a template can make fields of the Pod's go that it does not name. */
export function canClear(wanted: Json, rule: Rule | undefined): boolean {
  return Object.hasOwn(wanted, RETAIN_KEYS) || (rule?.kind === 'map' && rule.union !== undefined);
}

/**
 * The fields that the Pod's map loses because of what the template's says beside them: those that `$retainKeys` does not
 * list, and the old members of a union that gets another one (a probe is httpGet or exec, never both).
 */
export function clearedKeys(live: Json, wanted: Json, rule: Rule | undefined): string[] {
  const retained: unknown = own(wanted, RETAIN_KEYS);
  const lost = Array.isArray(retained) ? Object.keys(live).filter((key) => !retained.includes(key)) : [];
  const union = rule?.kind === 'map' ? rule.union : undefined;
  const old = union !== undefined && switches(live, wanted, union) ? membersOf(live, union) : [];
  return [...new Set([...lost, ...old])].filter((key) => !Object.hasOwn(wanted, key) && isThere(live, key));
}

function switches(live: Json, wanted: Json, union: Union): boolean {
  if (union.discriminator === undefined) return membersOf(wanted, union).some((key) => !key.startsWith('$'));
  const [before, after] = [own(live, union.discriminator), own(wanted, union.discriminator)];
  return before !== undefined && after !== undefined && before !== after;
}

/** Null counts as absent, everywhere: the API server reads it so. */
function isThere(live: unknown, key: string): boolean {
  const value = isRecord(live) ? own(live, key) : undefined;
  return value !== undefined && value !== null;
}
