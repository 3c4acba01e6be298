import type { Canary, Release } from '../canary.ts';
import type { Hook } from '../document/strategy/hooks.ts';
import { type MetricsRecord, openMetrics } from '../metrics/metric-state.ts';
import type { Move, Wait } from '../steps/moves.ts';
import { lastTaken, plannedWeight, releaseId } from '../steps/release.ts';
import type { HookCause } from '../steps/situation.ts';
import type { AskHooks, HookResponse } from './ask-hooks.ts';
import { countChecks, dueChecks, judgeChecks } from './checks.ts';

/** A look at a release whose hooks are asked. */
export interface HookLook {
  readonly cluster: string;
  readonly canary: Canary;
  readonly release: Release;
  /** Undefined in a program that asks none: then no share comes that a hook has to let come. */
  readonly ask: AskHooks | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What hooks were found to say, and what is kept of those that count. */
export interface HookFindings {
  readonly hooks?: MetricsRecord | undefined;
  readonly takenBack?: HookCause | undefined;
  readonly gate?: Wait | undefined;
}

const NONE_ASKED = 'this program asks no hooks';

/** Asks what is asked all the time: `rollback` hooks, and `rollout` hooks while the canary has a share. @param kept what was counted before, of whichever release */
export async function hooksAlways(look: HookLook, kept: MetricsRecord | undefined): Promise<HookFindings> {
  const { release } = look;
  const own = kept?.release === releaseId(release) ? kept : undefined;
  const { confirmedAt, weight } = lastTaken(release);
  const isShared = weight > 0 && confirmedAt !== undefined;
  const [rollback, checked] = await Promise.all([
    rollbackIn(look),
    isShared ? checksIn(look, 'rollout', own, Date.parse(confirmedAt)) : { hooks: own },
  ]);
  return { ...checked, ...rollback };
}

/** Asks what the share of a move waits for; a move that gives none asks none. @param kept as `hooksAlways` has left it */
export async function hooksBefore(look: HookLook, move: Move, kept: MetricsRecord | undefined): Promise<HookFindings> {
  const { canary, release } = look;
  const types = move.move === 'step' ? typesAt(canary, release, move.to) : [];
  const hooks = hooksOf(release, types);
  for (const response of await responsesOf(look, hooks)) {
    if (!response.isSuccess) return { hooks: kept, gate: closed(response.sentence) };
  }
  return types.includes('confirm-rollout') ? await checksIn(look, 'pre-rollout', kept, 0) : { hooks: kept };
}

async function rollbackIn(look: HookLook): Promise<HookFindings> {
  const hooks = hooksOf(look.release, ['rollback']);
  const responses = await responsesOf(look, hooks);
  const by = hooks.find((_, i) => responses[i]?.isSuccess === true);
  if (by === undefined) return {};
  const sentence = `hook ${by.name} takes the canary back; that is outside the verdict's guarantee`;
  return { takenBack: { reason: 'RollbackHook', sentence } };
}

/** Asks what is due of the hooks that count, and judges them. */
async function checksIn(
  look: HookLook,
  type: 'pre-rollout' | 'rollout',
  kept: MetricsRecord | undefined,
  since: number,
): Promise<HookFindings> {
  const { release, now } = look;
  const checks = hooksOf(release, [type]);
  if (checks.length === 0) return { hooks: kept };
  const all = hooksOf(release, ['pre-rollout', 'rollout']);
  const before = kept ?? openMetrics(releaseId(release), now);
  const due = dueChecks(checks, before, now);
  const hooks = countChecks(all, before, due, look.ask === undefined ? [] : await responsesOf(look, due), now);
  const { abort, hold } = judgeChecks(checks, hooks, since);
  if (abort !== undefined) return { hooks, takenBack: { reason: 'HookFailed', sentence: abort } };
  return hold === undefined ? { hooks } : { hooks, gate: closed(hold) };
}

async function responsesOf(
  { cluster, canary, release, ask }: HookLook,
  hooks: readonly Hook[],
): Promise<readonly HookResponse[]> {
  if (ask === undefined) return hooks.map(() => ({ isSuccess: false, sentence: NONE_ASKED }));
  return hooks.length === 0 ? [] : await ask({ cluster, canary, release: releaseId(release) }, hooks);
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

function closed(sentence: string): Wait {
  return { reason: 'Gate', sentence };
}
