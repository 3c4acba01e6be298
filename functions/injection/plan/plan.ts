import { deepFreeze } from '../../json/freeze.ts';
import type { Json } from '../../json/json.ts';
import { isMarker } from '../../kubernetes/merge/directives.ts';
import { CONTAINER, POD } from '../../kubernetes/merge/merge-keys.ts';
import { saysTheSame } from '../../kubernetes/merge/same-values.ts';
import { listOf, mapOf, nameOf } from '../../kubernetes/pod.ts';
import { PLAN_CHARACTERS_MAX } from '../../limits.ts';
import type { Amendment, ContainerFragment, Position, Template } from '../../template/template.ts';
import { STATUS } from '../annotations.ts';
import { overlay } from './overlay.ts';
import { amendContainer, type PlannedEach, planEach } from './plan-amend.ts';

/** A container and where it goes. */
export interface PlacedContainer {
  readonly container: ContainerFragment;
  readonly position: Position;
  /** The fields that a container of the Pod of the same name may set; absent: none. */
  readonly fields?: readonly string[];
}

/** Several templates made one: all that is the same for every Pod, computed once. Frozen. */
export interface Plan {
  readonly templates: readonly Template[];
  /** `{metadata: {labels, annotations}, spec}` without the container lists; the status annotation included. */
  readonly fragment: Json;
  readonly containers: readonly PlacedContainer[];
  readonly initContainers: readonly PlacedContainer[];
  /** What goes into the containers that the Pod brings; undefined where nothing does. */
  readonly each?: PlannedEach;
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
  for (const { name, pod, placement, customization } of templates) {
    const { labels, annotations } = pod;
    const metadata = { ...(isEmpty(labels) ? {} : { labels }), ...(isEmpty(annotations) ? {} : { annotations }) };
    const fragment = { metadata, spec: pod.spec };
    const at = overlay(merged, fragment, POD, '') ?? overlayContainers(lists, pod, placement, customization);
    if (at !== undefined) return { conflict: `${name} and an earlier template differ in ${at}` };
  }
  const amended = planEach(templates);
  if ('conflict' in amended) return amended;
  const conflict = amendPlaced(lists, templates);
  if (conflict !== undefined) return { conflict };
  const { each } = amended;
  const amendments = each === undefined ? [] : [each.everyone, ...each.exceptions.values()];
  const parts = [merged, amendments, [...lists.containers.values()], [...lists.initContainers.values()]];
  if (JSON.stringify(parts).length > PLAN_CHARACTERS_MAX) {
    return { conflict: `together they add more than ${PLAN_CHARACTERS_MAX} characters to a Pod` };
  }
  const metadata = mapOf(merged, 'metadata');
  const annotations = mapOf(metadata, 'annotations');
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
      ...(each === undefined ? {} : { each }),
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

type Lists = Record<'containers' | 'initContainers', Map<string, PlacedContainer>>;

/** Adds a template's containers; answers where they contradict those that are there. */
function overlayContainers(
  lists: Lists,
  pod: Template['pod'],
  placement: Template['placement'],
  fields: readonly string[],
): string | undefined {
  const parts = [
    { list: 'initContainers', containers: pod.initContainers, position: placement.initContainers },
    { list: 'containers', containers: pod.classic ?? [], position: placement.classic },
    { list: 'containers', containers: pod.containers, position: placement.containers },
  ] as const;
  for (const { list, containers, position } of parts) {
    const other = lists[list === 'containers' ? 'initContainers' : 'containers'];
    for (const container of containers) {
      const known = lists[list].get(container.name);
      const isSame = known !== undefined && saysTheSame(known.container, container, CONTAINER);
      if (other.has(container.name) || (known !== undefined && !isSame)) return `container ${container.name}`;
      if (known === undefined) lists[list].set(container.name, { container, position, fields });
    }
  }
  return undefined;
}

/** Amends the containers that earlier templates bring; answers where a later one differs. */
function amendPlaced(lists: Lists, templates: readonly Template[]): string | undefined {
  const there = new Set<string>();
  for (const { name, pod } of templates) {
    for (const amendment of pod.amend ?? []) {
      const conflict = there.has(amendment.container) ? amendIn(lists, amendment) : undefined;
      if (conflict !== undefined) return `${name} and an earlier template differ in ${conflict}`;
    }
    for (const container of [...pod.initContainers, ...pod.containers, ...(pod.classic ?? [])])
      there.add(container.name);
  }
  return undefined;
}

/** Amends a container wherever it is placed; answers where it differs. */
function amendIn(lists: Lists, amendment: Amendment): string | undefined {
  for (const list of ['initContainers', 'containers'] as const) {
    const placed = lists[list].get(amendment.container);
    if (placed === undefined) continue;
    const mayLive = list === 'containers' || placed.container['restartPolicy'] === 'Always';
    const amended = amendContainer(placed.container, amendment, mayLive);
    if ('conflict' in amended) return amended.conflict;
    lists[list].set(amendment.container, { ...placed, container: amended.container });
  }
  return undefined;
}

function isEmpty(map: Readonly<Record<string, string>>): boolean {
  return Object.keys(map).length === 0;
}
