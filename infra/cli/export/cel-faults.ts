import { PARAMETER_PREFIX, STATUS } from '../../../functions/injection/annotations.ts';
import type { PlacedContainer, Plan } from '../../../functions/injection/plan/plan.ts';
import { CONTAINER, VOLUME } from '../../../functions/kubernetes/merge/merge-keys.ts';
import { listOf, mapOf, nameOf } from '../../../functions/kubernetes/pod.ts';
import type { Template } from '../../../functions/template/template.ts';
import { celText } from './cel.ts';
import { celCovers } from './cel-covers.ts';
import { CONTAINER_LISTS, celMissingTarget } from './cel-place.ts';
import { type CelVariable, celBrought } from './cel-pod.ts';
import { celAnyNamespace, celIsNamed } from './cel-selection.ts';

/** What stands in the way of a Pod's change: CEL that says whether it does, and a sentence about it. */
interface CelFault {
  readonly when: string;
  readonly sentence: string;
}

/**
 * The variable `faults`: the sentences about why a Pod cannot be given what the template adds; where the webhook fails
 * or refuses, and for the same reasons.
 */
export function faultsVariable(plan: Plan, template: Template): CelVariable {
  const faults = [
    ...aboutRequest(template),
    ...CONTAINER_LISTS.flatMap((list) => plan[list].flatMap((placed) => aboutContainer(list, placed))),
    ...aboutVolumes(plan),
    ...CONTAINER_LISTS.flatMap((list) => plan[list].flatMap((placed) => aboutPlace(list, placed))),
  ];
  const lists = faults.map(({ when, sentence }) => `  (${when} ? [${celText(`outrigger: ${sentence}`)}] : [])`);
  return { name: 'faults', expression: lists.length === 0 ? '[]' : `[\n${lists.join(',\n')}\n].flatten()` };
}

/** What a Pod asks of the template that this policy cannot do. */
function aboutRequest({ name, allow, parameters = [] }: Template): readonly CelFault[] {
  const isAllowed = celAnyNamespace(allow.namespaces);
  return [
    ...(isAllowed === 'true'
      ? []
      : [
          {
            when: `${celIsNamed(name)} && !(${isAllowed})`,
            sentence: `the namespace may not ask for template ${name}`,
          },
        ]),
    ...parameters.map((parameter) => {
      const key = celText(PARAMETER_PREFIX + parameter.name);
      const fixed = celText(String(parameter.default));
      return {
        when: `${key} in variables.annotations && variables.annotations[${key}] != ${fixed}`,
        sentence: `parameter ${parameter.name} is fixed in this policy`,
      };
    }),
  ];
}

/** A container of the name that is the Pod's own and says something else, or stands in the other list. */
function aboutContainer(list: (typeof CONTAINER_LISTS)[number], { container }: PlacedContainer): readonly CelFault[] {
  const { name } = container;
  const other = list === 'containers' ? 'initContainers' : 'containers';
  const same = `e.name == ${celText(name)}`;
  const isOurs = `${celText(STATUS)} in variables.annotations && !(${celBrought(list, name)})`;
  const differs = `!(${celCovers('e', container, CONTAINER)}) && !(${isOurs})`;
  return [
    {
      when: `variables.${other}.exists(e, ${same}) || variables.${list}.exists(e, ${same} && ${differs})`,
      sentence: `the Pod has another container ${name}`,
    },
  ];
}

function aboutVolumes(plan: Plan): readonly CelFault[] {
  const volumes = listOf(plan.fragment['spec'], 'volumes');
  const clashes = volumes.flatMap((volume) => {
    const name = nameOf(volume) ?? '';
    const differs = `!(${celCovers('e', volume, VOLUME)}) && (${celBrought('volumes', name)})`;
    const when = `variables.volumes.exists(e, e.name == ${celText(name)} && ${differs})`;
    return [{ when, sentence: `the Pod has another volume ${name}` }];
  });
  const mounted = [...plan.initContainers, ...plan.containers].flatMap(({ container }) =>
    listOf(container, 'volumeMounts').flatMap((mount) => nameOf(mount) ?? []),
  );
  const missing = [...new Set(mounted)].filter((name) => !plan.volumeNames.has(name));
  return [
    ...clashes,
    ...missing.map((name) => ({
      when: `!variables.volumes.exists(e, e.name == ${celText(name)})`,
      sentence: `the Pod has no volume ${name}, which the template mounts`,
    })),
  ];
}

function aboutPlace(list: (typeof CONTAINER_LISTS)[number], placed: PlacedContainer): readonly CelFault[] {
  const when = celMissingTarget(list, placed);
  const target = Object.values(mapOf(placed, 'position')).join();
  return when === undefined
    ? []
    : [{ when, sentence: `${placed.container.name} has its place beside ${target}, which is not there` }];
}
