import type { Canary, Release } from '../canary.ts';
import type { Hook } from '../document/strategy/hooks.ts';
import type { Move, Wait } from '../steps/moves.ts';
import { plannedWeight, releaseId } from '../steps/release.ts';
import type { AskHooks } from './ask-hooks.ts';

/** Why a `rollback` hook takes the canary back, as a sentence; nothing where none does, or none can be asked. */
export async function rollbackIn(
  cluster: string,
  canary: Canary,
  release: Release,
  ask: AskHooks | undefined,
): Promise<{ readonly rollback?: string }> {
  const hooks = hooksOf(release, ['rollback']);
  if (ask === undefined || hooks.length === 0) return {};
  const responses = await ask({ cluster, canary, release: releaseId(release) }, hooks);
  const by = hooks.find((_, i) => responses[i]?.isSuccess === true);
  return by === undefined ? {} : { rollback: `hook ${by.name} takes the canary back; that is outside the guarantee` };
}

/** What the `confirm-…` hooks of the next share hold it with; nothing where all let it come. A move that gives no share asks none. */
export async function gateOf(
  cluster: string,
  canary: Canary,
  release: Release,
  move: Move,
  ask: AskHooks | undefined,
): Promise<{ readonly gate?: Wait }> {
  const hooks = move.move === 'step' ? hooksOf(release, typesAt(canary, release, move.to)) : [];
  if (hooks.length === 0) return {};
  if (ask === undefined) return closed('this program asks no hooks');
  for (const response of await ask({ cluster, canary, release: releaseId(release) }, hooks)) {
    if (!response.isSuccess) return closed(response.sentence);
  }
  return {};
}

/** Which hooks the weight of a step needs. */
function typesAt({ spec, status }: Canary, { steps }: Release, index: number): readonly Hook['type'][] {
  const before = status.weights.canary;
  const next = plannedWeight(steps, index, spec.totalWeight);
  if (next <= before) return [];
  return [
    ...(before === 0 ? (['confirm-rollout'] as const) : []),
    'confirm-traffic-increase',
    ...(next === spec.totalWeight ? (['confirm-promotion'] as const) : []),
  ];
}

function hooksOf({ hooks = [] }: Release, types: readonly Hook['type'][]): readonly Hook[] {
  return hooks.filter(({ type }) => types.includes(type));
}

function closed(sentence: string): { readonly gate: Wait } {
  return { gate: { reason: 'Gate', sentence } };
}
