import { own } from '../../json/check.ts';
import { deepFreeze } from '../../json/freeze.ts';
import type { Json } from '../../json/json.ts';
import { CONTAINER } from '../../kubernetes/merge/merge-keys.ts';
import { ruleOf } from '../../kubernetes/merge/rule.ts';
import { saysTheSame } from '../../kubernetes/merge/same-values.ts';
import { mapOf } from '../../kubernetes/pod.ts';
import { EVERY_CONTAINER, PROBES } from '../../template/parse/parse-amend.ts';
import type { Amendment, ContainerFragment, PodFragment, Template } from '../../template/template.ts';
import { overlay } from './overlay.ts';

/** What one container gets, of all templates together. Frozen. */
export interface PlannedAmendment {
  /** `env` and `volumeMounts`, added by their keys. */
  readonly lists: Json;
  /** Probes, `lifecycle.preStop` and `resources`: only where the container says nothing of them. */
  readonly fields: Json;
  /** Appended. */
  readonly args: readonly string[];
}

/** What the containers of the Pod get: those of `exceptions` something else than everyone. Frozen. */
export interface PlannedEach {
  readonly everyone: PlannedAmendment;
  readonly exceptions: ReadonlyMap<string, PlannedAmendment>;
}

/** What the templates do to the Pod's containers (undefined: nothing), or what two of them disagree about. */
export type PlannedAmendments = { readonly each: PlannedEach | undefined } | { readonly conflict: string };

/** An amendment, and where it stands. */
type Located = Amendment & { readonly at: string };
/** An amendment of a template, which conflicts name. */
type Part = Located & { readonly template: string };

/** A template's amendments; `eachContainer` is the older name of one for every container. */
function amendmentsOf({ eachContainer, amend = [] }: PodFragment): readonly Located[] {
  const each = eachContainer && {
    ...eachContainer,
    container: EVERY_CONTAINER,
    fields: {},
    args: [],
    at: 'eachContainer',
  };
  return [...(each === undefined ? [] : [each]), ...amend.map((a) => ({ ...a, at: `amend ${a.container}` }))];
}

/** Lays the amendments of the templates over each other, for every container that they name and for all others. */
export function planEach(templates: readonly Template[]): PlannedAmendments {
  const parts = templates.flatMap(({ name, pod }) => amendmentsOf(pod).map((part) => ({ ...part, template: name })));
  if (parts.length === 0) return { each: undefined };
  const planned = new Map<string | undefined, PlannedAmendment>();
  const named = parts.flatMap(({ container, except }) => (container === EVERY_CONTAINER ? except : [container]));
  for (const name of new Set([undefined, ...named])) {
    const laid = layOver(parts.filter((part) => isFor(part, name)));
    if ('conflict' in laid) return laid;
    planned.set(name, laid);
  }
  const everyone = planned.get(undefined) ?? { lists: {}, fields: {}, args: [] };
  const exceptions = new Map(
    [...planned].flatMap(([name, part]) => (name === undefined ? [] : [[name, part] as const])),
  );
  return { each: { everyone, exceptions } };
}

/** Whether a part is for a container that is named, or (undefined) for all that are not. */
function isFor({ container, except }: Part, name: string | undefined): boolean {
  return container === EVERY_CONTAINER ? name === undefined || !except.includes(name) : container === name;
}

/** The parts for one container, laid over each other. */
function layOver(parts: readonly Part[]): PlannedAmendment | { readonly conflict: string } {
  const lists: Record<string, unknown> = {};
  const fields: Record<string, unknown> = {};
  for (const part of parts) {
    const conflict = overlay(lists, listsOf(part), CONTAINER, part.at) ?? overlayFields(fields, part.fields, part.at);
    if (conflict !== undefined) return { conflict: `${part.template} and an earlier template differ in ${conflict}` };
  }
  return deepFreeze({ lists, fields, args: parts.flatMap(({ args }) => args) });
}

/**
 * A container of an earlier template with what a later one amends, or where they differ.
 *
 * @param mayLive whether it runs beside the others: an ordinary init container has neither probes nor preStop
 */
export function amendContainer(
  container: ContainerFragment,
  amendment: Amendment,
  mayLive: boolean,
): { readonly container: ContainerFragment } | { readonly conflict: string } {
  const { fields, args } = amendment;
  const at = `amend ${container.name}`;
  const copy: Record<string, unknown> = { ...container };
  const conflict =
    overlay(copy, listsOf(amendment), CONTAINER, at) ?? overlayFields(copy, mayLive ? fields : lifeless(fields), at);
  if (conflict !== undefined) return { conflict };
  if (args.length > 0) {
    const before: unknown = own(copy, 'args') ?? [];
    if (!Array.isArray(before)) return { conflict: `${at}.args` };
    if (before.length === 0 && own(copy, 'command') === undefined) {
      return { conflict: `${at}.args: it has neither command nor args, and the arguments of its image would be lost` };
    }
    if (!endsWith(before, args)) copy['args'] = [...before, ...args];
  }
  return { container: deepFreeze({ ...copy, name: container.name }) };
}

/** What an amendment adds to lists; none that is empty, which would stand in the container. */
function listsOf({ env, volumeMounts }: Pick<Amendment, 'env' | 'volumeMounts'>): Json {
  return Object.fromEntries(Object.entries({ env, volumeMounts }).filter(([, list]) => list.length > 0));
}

/** Whether a list ends with these texts. */
export function endsWith(list: readonly unknown[], end: readonly string[]): boolean {
  return list.length >= end.length && end.every((text, i) => list[list.length - end.length + i] === text);
}

/** The fields that a container has which runs to its end before the next one starts. */
function lifeless(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => field === 'resources'));
}

/** Like `overlay`, but a probe or handler is one whole: two of them never make a third. */
function overlayFields(target: Record<string, unknown>, fields: Json, at: string): string | undefined {
  const wholes = [
    ...PROBES.map((probe) => [probe, own(target, probe), own(fields, probe), ruleOf(CONTAINER, probe)] as const),
    [
      'lifecycle.preStop',
      own(mapOf(target, 'lifecycle'), 'preStop'),
      own(mapOf(fields, 'lifecycle'), 'preStop'),
      ruleOf(ruleOf(CONTAINER, 'lifecycle'), 'preStop'),
    ] as const,
  ];
  for (const [name, before, after, rule] of wholes) {
    if (before !== undefined && after !== undefined && !saysTheSame(before, after, rule)) return `${at}.${name}`;
  }
  return overlay(target, fields, CONTAINER, at);
}
