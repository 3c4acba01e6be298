import type { PlacedContainer } from '../../../functions/injection/plan/plan.ts';
import type { Position } from '../../../functions/template/template.ts';
import { celJoined, celPatch, celText, celValue } from './cel.ts';
import type { CelVariable } from './cel-pod.ts';

/** The container lists of a Pod that templates add to. */
export const CONTAINER_LISTS = ['initContainers', 'containers'] as const;
type ContainerList = (typeof CONTAINER_LISTS)[number];

/**
 * The containers of a template as variables, and the names of the Pod's list as they come to stand one after the other:
 * the place of each depends on those before it, and some may be there already.
 */
export function placeVariables(list: ContainerList, placed: readonly PlacedContainer[]): readonly CelVariable[] {
  if (placed.length === 0) return [];
  const start = { name: namesAfter(list, 0), expression: `variables.${list}.map(c, c.name)` };
  const values = placed.map(({ container }, i) => ({ name: addedName(list, i), expression: celValue(container) }));
  const names = placed.slice(0, -1).map(({ container }, i): CelVariable => {
    const [before, name, index] = [
      `variables.${namesAfter(list, i)}`,
      celText(container.name),
      indexOf(list, placed, i),
    ];
    const inserted = `[${before}.slice(0, ${index}), [dyn(${name})], ${before}.slice(${index}, ${before}.size())].flatten()`;
    return { name: namesAfter(list, i + 1), expression: `${name} in ${before} ? ${before} : ${inserted}` };
  });
  return [start, ...values, ...names];
}

/** CEL: the JSON Patch that places a template's containers, as functions/injection/apply/placement.ts does. */
export function celPlace(list: ContainerList, placed: readonly PlacedContainer[]): string {
  if (placed.length === 0) return '[]';
  const each = placed.map(({ container }, i) => {
    const path = `${celText(`/spec/${list}/`)} + string(${indexOf(list, placed, i)})`;
    const added = celPatch('add', path, `variables.${addedName(list, i)}`);
    return `(${celText(container.name)} in variables.${namesAfter(list, i)} ? [] : ${added})`;
  });
  const values = placed.map((_, i) => `variables.${addedName(list, i)}`);
  // Into an absent or empty list all go at once, in their own order.
  const whole = celPatch('add', celText(`/spec/${list}`), `[${values.map((value) => `dyn(${value})`).join(', ')}]`);
  return `(variables.${list}.size() == 0 ? ${whole} : ${celJoined(each)})`;
}

/** CEL: that a container cannot be placed, because the one that it was to stand beside is not there; or undefined. */
export function celMissingTarget(list: ContainerList, { container, position }: PlacedContainer): string | undefined {
  const target = targetOf(position);
  if (target === undefined) return undefined;
  const names = `variables.${namesAfter(list, 0)}`;
  return `!(${celText(container.name)} in ${names}) && !(${celText(target)} in ${names})`;
}

/** The name of the container beside which another is placed. */
function targetOf(position: Position): string | undefined {
  if (typeof position === 'string') return undefined;
  return 'before' in position ? position.before : position.after;
}

function indexOf(list: ContainerList, placed: readonly PlacedContainer[], i: number): string {
  const { position } = placed[i] ?? {};
  const names = `variables.${namesAfter(list, i)}`;
  if (position === undefined || position === 'Last') return `${names}.size()`;
  // Several that go first keep their own order.
  const first = placed[i - 1]?.container.name;
  if (position === 'First') return first === undefined ? '0' : `(${names}.indexOf(${celText(first)}) + 1)`;
  const index = `${names}.indexOf(${celText(targetOf(position) ?? '')})`;
  return 'before' in position ? index : `(${index} + 1)`;
}

function namesAfter(list: ContainerList, count: number): string {
  return `${list}Names${count}`;
}

function addedName(list: ContainerList, i: number): string {
  return `${list}Added${i}`;
}
