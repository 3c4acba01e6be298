import type { AddOperation } from 'fast-json-patch';
import { own } from '../../json/check.ts';
import { isRecord } from '../../json/faults.ts';
import type { Json } from '../../json/json.ts';
import { add, child } from '../../kubernetes/json-patch.ts';
import { holdsRun } from '../../kubernetes/merge/holds-run.ts';
import { CONTAINER } from '../../kubernetes/merge/merge-keys.ts';
import { type Rule, ruleOf } from '../../kubernetes/merge/rule.ts';
import { covers } from '../../kubernetes/merge/same-values.ts';
import { listOf, mapOf } from '../../kubernetes/pod.ts';
import { PROBES } from '../../template/parse/parse-amend.ts';
import { endsWith, type PlannedAmendment } from '../plan/plan-amend.ts';

/** Operations, and for people what the container has otherwise and keeps: `its own readinessProbe`. */
export interface Amended {
  readonly operations: readonly AddOperation<unknown>[];
  readonly kept: readonly string[];
}

const LIFECYCLE = ruleOf(CONTAINER, 'lifecycle');

/**
 * What a container of the Pod gets beside variables and mounts. What it says itself stays: a probe or handler as a
 * whole, a resource with its limit and request, its arguments in front of ours.
 *
 * @param live the container; not changed
 * @param path where it stands
 * @param mayLive whether it runs beside the others: an ordinary init container has neither probes nor preStop
 * @param wasInjected whether the Pod was injected before, so that others may have appended arguments after ours
 */
export function amendFields(
  live: Json,
  { fields, args }: Pick<PlannedAmendment, 'fields' | 'args'>,
  path: string,
  mayLive: boolean,
  wasInjected: boolean,
): Amended {
  const operations: AddOperation<unknown>[] = [];
  const kept: string[] = [];
  const whole = (
    owner: Json,
    at: string,
    field: string,
    name: string,
    wanted: unknown,
    rule: Rule | undefined,
  ): void => {
    if (wanted === undefined) return;
    const current = own(owner, field) ?? null;
    if (current === null) operations.push(add(child(at, field), wanted));
    else if (!covers(current, wanted, rule)) kept.push(`its own ${name}`);
  };
  for (const probe of mayLive ? PROBES : []) {
    whole(live, path, probe, probe, own(fields, probe), ruleOf(CONTAINER, probe));
  }
  const preStop = own(mapOf(fields, 'lifecycle'), 'preStop');
  if (mayLive && preStop !== undefined) {
    const lifecycle = own(live, 'lifecycle') ?? null;
    if (lifecycle === null) operations.push(add(child(path, 'lifecycle'), { preStop }));
    else if (isRecord(lifecycle)) {
      whole(lifecycle, child(path, 'lifecycle'), 'preStop', 'lifecycle.preStop', preStop, ruleOf(LIFECYCLE, 'preStop'));
    }
  }
  addResources(live, mapOf(fields, 'resources'), path, operations, kept);
  addArgs(live, args, path, wasInjected, operations, kept);
  return { operations, kept };
}

/** A resource that the container limits or requests is its own: a limit of ours below its request would be refused. */
function addResources(
  live: Json,
  wanted: Json,
  path: string,
  operations: AddOperation<unknown>[],
  kept: string[],
): void {
  const current = own(live, 'resources') ?? {};
  if (!isRecord(current) || !isRecord(own(current, 'limits') ?? {}) || !isRecord(own(current, 'requests') ?? {}))
    return;
  const kinds = (['limits', 'requests'] as const).map(
    (kind) => [kind, mapOf(wanted, kind), mapOf(current, kind)] as const,
  );
  const mine = new Set(kinds.flatMap(([, , there]) => Object.keys(there)));
  const missing: Record<string, Record<string, unknown>> = {};
  const differing = new Set<string>();
  for (const [kind, amounts, there] of kinds) {
    for (const [name, amount] of Object.entries(amounts)) {
      if (!mine.has(name)) missing[kind] = { ...missing[kind], [name]: amount };
      else if (!covers(own(there, name), amount, { kind: 'quantity' })) differing.add(`its own resources of ${name}`);
    }
  }
  kept.push(...differing);
  operations.push(...resourceOperations(own(live, 'resources') ?? null, missing, child(path, 'resources')));
}

/** One operation for each part that the container has nothing of. */
function resourceOperations(
  current: unknown,
  missing: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  at: string,
): readonly AddOperation<unknown>[] {
  if (Object.keys(missing).length === 0) return [];
  if (!isRecord(current)) return [add(at, missing)];
  return Object.entries(missing).flatMap(([kind, amounts]) =>
    (own(current, kind) ?? null) === null
      ? [add(child(at, kind), amounts)]
      : Object.entries(amounts).map(([name, amount]) => add(child(child(at, kind), name), amount)),
  );
}

function addArgs(
  live: Json,
  args: readonly string[],
  path: string,
  wasInjected: boolean,
  operations: AddOperation<unknown>[],
  kept: string[],
): void {
  const current = listOf(live, 'args');
  if (args.length === 0 || endsWith(current, args)) return;
  if (wasInjected && holdsRun(current, args)) return;
  const at = child(path, 'args');
  if (current.length > 0) for (const arg of args) operations.push(add(child(at, '-'), arg));
  // With neither, the image's own arguments count, and a list of ours would take their place.
  else if (listOf(live, 'command').length === 0) kept.push('the arguments of its image');
  else operations.push(add(at, args));
}
