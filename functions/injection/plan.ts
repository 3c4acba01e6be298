import { isRecord } from '../faults.ts';
import { own } from '../template/check.ts';
import { deepFreeze } from '../template/freeze.ts';
import { isMarker } from '../template/merge-directives.ts';
import type { ContainerFragment, JsonObject, Position, Template } from '../template/template.ts';
import { STATUS } from './annotations.ts';
import { keyOf, saysTheSame } from './covers.ts';
import { clashes } from './merge-clash.ts';
import { CONTAINER, POD } from './merge-keys.ts';
import { type Rule, ruleOf } from './merge-rule.ts';
import { listOf, nameOf } from './pod.ts';

/** A container and where it goes. */
export interface PlacedContainer {
  readonly container: ContainerFragment;
  readonly position: Position;
}

/** Several templates made one: all that is the same for every Pod, computed once. Frozen. */
export interface Plan {
  readonly templates: readonly Template[];
  /** `{metadata: {labels, annotations}, spec}` without the container lists; the status annotation included. */
  readonly fragment: JsonObject;
  readonly containers: readonly PlacedContainer[];
  readonly initContainers: readonly PlacedContainer[];
  /** The names of all containers and volumes that the plan adds. */
  readonly containerNames: ReadonlySet<string>;
  readonly volumeNames: ReadonlySet<string>;
  /** The volumes that it takes away from a Pod that has them (`$patch: delete`). */
  readonly deletedVolumes: ReadonlySet<string>;
}

/** A plan, or what two templates disagree about. */
export type Planned = { readonly plan: Plan } | { readonly conflict: string };

/**
 * Lays templates over each other in their order. What two of them say alike is taken once; what they say differently
 * under one name is a conflict, never a silent winner.
 */
export function planInjection(templates: readonly Template[]): Planned {
  const merged: Record<string, unknown> = {};
  const lists = { containers: new Map<string, PlacedContainer>(), initContainers: new Map<string, PlacedContainer>() };
  for (const { name, pod, placement } of templates) {
    const { labels, annotations } = pod;
    const metadata = { ...(isEmpty(labels) ? {} : { labels }), ...(isEmpty(annotations) ? {} : { annotations }) };
    const fragment = { metadata, spec: pod.spec };
    const at = overlay(merged, fragment, POD, '') ?? overlayContainers(lists, pod, placement);
    if (at !== undefined) return { conflict: `${name} and an earlier template differ in ${at}` };
  }
  const metadata = isRecord(merged['metadata']) ? merged['metadata'] : {};
  const annotations = isRecord(metadata['annotations']) ? metadata['annotations'] : {};
  const names = [...lists.initContainers.keys(), ...lists.containers.keys()];
  const volumes = listOf(merged['spec'], 'volumes');
  const namesOf = (list: readonly unknown[]): Set<string> => new Set(list.flatMap((v) => nameOf(v) ?? []));
  return {
    plan: {
      templates,
      fragment: deepFreeze({
        ...merged,
        metadata: { ...metadata, annotations: { ...annotations, [STATUS]: statusOf(templates, names) } },
      }),
      containers: Object.freeze([...lists.containers.values()]),
      initContainers: Object.freeze([...lists.initContainers.values()]),
      containerNames: new Set(names),
      volumeNames: namesOf(volumes.filter((volume) => !isMarker(volume))),
      deletedVolumes: namesOf(volumes.filter(isMarker)),
    },
  };
}

/** The status annotation: which templates, in which version and content, added which containers. */
function statusOf(templates: readonly Template[], containers: readonly string[]): string {
  return JSON.stringify({
    templates: templates.map(({ name, version, hash }) => ({ name, version, hash })),
    containers,
  });
}

/** Adds a template's containers; answers where they contradict those that are there. */
function overlayContainers(
  lists: Record<'containers' | 'initContainers', Map<string, PlacedContainer>>,
  pod: Template['pod'],
  placement: Template['placement'],
): string | undefined {
  for (const list of ['initContainers', 'containers'] as const) {
    const other = lists[list === 'containers' ? 'initContainers' : 'containers'];
    for (const container of pod[list]) {
      const known = lists[list].get(container.name);
      const isSame = known !== undefined && saysTheSame(known.container, container, CONTAINER);
      if (other.has(container.name) || (known !== undefined && !isSame)) return `container ${container.name}`;
      if (known === undefined) lists[list].set(container.name, { container, position: placement[list] });
    }
  }
  return undefined;
}

/** Merges `patch` into `target`, in place; answers the path of the first contradiction. */
function overlay(
  target: Record<string, unknown>,
  patch: JsonObject,
  rule: Rule | undefined,
  path: string,
): string | undefined {
  for (const [key, value] of Object.entries(patch)) {
    const at = path === '' ? key : `${path}.${key}`;
    const current = own(target, key);
    const fieldRule = ruleOf(rule, key);
    if (clashes(target, key, value)) return at;
    if (isRecord(value) && (current === undefined || isRecord(current))) {
      const copy = { ...current };
      target[key] = copy;
      const conflict = overlay(copy, value, fieldRule, at);
      if (conflict !== undefined) return conflict;
    } else if (current === undefined) {
      target[key] = value;
    } else if (fieldRule?.kind === 'list' && Array.isArray(current) && Array.isArray(value)) {
      const list = [...current];
      target[key] = list;
      const conflict = overlayList(list, value, fieldRule, at);
      if (conflict !== undefined) return conflict;
    } else if (!saysTheSame(current, value, fieldRule)) {
      return at;
    }
  }
  return undefined;
}

function overlayList(
  list: unknown[],
  patch: readonly unknown[],
  rule: Rule & { kind: 'list' },
  at: string,
): string | undefined {
  for (const element of patch) {
    const key = keyOf(element, rule.key);
    const known = list.find((other) => key !== undefined && keyOf(other, rule.key) === key);
    if (known === undefined) list.push(element);
    else if (!saysTheSame(known, element, rule.element)) return `${at} ${key}`;
  }
  return undefined;
}

function isEmpty(map: Readonly<Record<string, string>>): boolean {
  return Object.keys(map).length === 0;
}
