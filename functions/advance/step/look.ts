import type { Canary } from '../../canary/canary.ts';
import type { AskHooks } from '../../canary/hooks/ask-hooks.ts';
import type { MeasureMetrics } from '../../canary/steps/measure-metrics.ts';
import { isUpToPerson, runningRelease } from '../../canary/steps/release.ts';
import type { CanaryKey, CanaryStore } from '../../canary/store.ts';
import type { TemplateWriter, WorkloadReader } from '../../canary/workloads/workload.ts';
import { errorName } from '../../errors.ts';
import { releaseStepFailed } from '../../events.ts';
import { RELEASE_LOOK_MS } from '../../limits.ts';
import type { Log } from '../../log.ts';
import type { UseCaseTools } from '../../releases/call.ts';
import { keyOf } from '../../table/keys.ts';
import { type LookView, type ViewStore, type ViewTools, viewOf } from './cluster-view.ts';
import { logFigures } from './release-figures.ts';
import { type Found, type StepStore, stepRelease } from './step-release.ts';
import { stepAcross } from './together/step-across.ts';
import { stepGroup } from './together/step-group.ts';

/** What looks at running releases are made with. */
export interface LookTools extends Omit<UseCaseTools, 'store'>, Pick<ViewTools, 'discoveryOf'> {
  readonly canaries: CanaryStore;
  readonly steps: StepStore & ViewStore;
  /** Measures metrics of other providers. */
  readonly measure: MeasureMetrics;
  /** Reads workloads; absent where this program may enter no Kubernetes cluster. */
  readonly workloads?: WorkloadReader | undefined;
  /** Writes their Pod templates; absent where it may not. */
  readonly templates?: TemplateWriter | undefined;
  /** Asks the hooks of releases. */
  readonly hooks?: AskHooks | undefined;
  readonly log: Log;
}

/** Who moves releases by itself, for the history and the log. */
export const STEP_CALLER = 'advance';
/** Releases that are looked at at the same time. */
const AT_ONCE = 8;
/** A release that is paused, or waits for its promotion, for longer is looked at once a minute: what proxies count meanwhile is not lost. */
const PAUSED_MS = 30 * 60_000;

/** Whether a release is looked at every few seconds. @param now milliseconds since the epoch */
function isMoving(canary: Canary, now: number): boolean {
  const release = runningRelease(canary);
  if (release === undefined || isUpToPerson(canary, release)) return false;
  const since = release.state === 'WaitingPromotion' ? release.stepStartedAt : release.paused?.since;
  return since === undefined || now - Date.parse(since) < PAUSED_MS;
}

/**
 * Looks once at each of these canaries, some at a time. Never rejects: one that fails is said in the log, keeps no other from
 * being looked at, and is looked at again.
 *
 * @returns those that move on, in the same order: so that each is looked at as long after its last look as the others
 */
export async function lookAtAll(
  tools: LookTools,
  keys: readonly CanaryKey[],
  signal: AbortSignal,
): Promise<readonly CanaryKey[]> {
  const waiting = [...keys];
  const moving = new Set<CanaryKey>();
  const view = viewOf(tools, signal);
  const groups = new Set<string>();
  const worker = async (): Promise<void> => {
    for (let key = waiting.shift(); key !== undefined && !signal.aborted; key = waiting.shift()) {
      const within = AbortSignal.any([signal, AbortSignal.timeout(RELEASE_LOOK_MS)]);
      try {
        if (await lookAt(tools, key, view(key.cluster, within), groups, within)) moving.add(key);
      } catch (error) {
        moving.add(key);
        if (!signal.aborted) tools.log(releaseStepFailed, { ...key, error: errorName(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return keys.filter((key) => moving.has(key));
}

/** @param groups those of which a member is looked at already: the look is at all of them */
async function lookAt(
  tools: LookTools,
  key: CanaryKey,
  view: LookView,
  groups: Set<string>,
  signal: AbortSignal,
): Promise<boolean> {
  const canary = await tools.canaries.getCanary(key, signal);
  if (canary === undefined || runningRelease(canary) === undefined) return false;
  const times = await view.times();
  const call = {
    tools: { ...tools, store: tools.canaries },
    caller: STEP_CALLER,
    key,
    moment: { now: tools.now(), times },
    signal,
  };
  const { now } = call.moment;
  const seen = { ...view, workloads: tools.workloads, templates: tools.templates, hooks: tools.hooks };
  const look = [call, tools.steps, canary, seen, tools.measure] as const;
  for (const found of await stepsOf(groups, look)) {
    // Each is a metric of the canary's own, which is billed by the hour in which it has values.
    if (found?.figures === undefined || !isMoving(found.canary, now)) continue;
    logFigures(tools.log, keyOf(key.cluster, found.canary), found.figures);
  }
  return isMoving(canary, now);
}

type Look = Readonly<Parameters<typeof stepGroup>>;

/** What the canary was found to do, with the others of its group. */
async function stepsOf(groups: Set<string>, look: Look): Promise<readonly (Found | undefined)[]> {
  const { group, clusters } = look[2].spec;
  if (group !== undefined) return await stepOnce(groups, look);
  return [await (clusters === undefined ? stepRelease(...look) : stepAcross(clusters, ...look))];
}

/** What the members of a group were found to do; nothing where they were looked at in this pass. */
async function stepOnce(groups: Set<string>, look: Look): Promise<readonly Found[]> {
  const [{ key }, , { spec }] = look;
  const { size } = groups;
  groups.add(`${key.cluster}/${key.namespace}/${spec.group}`);
  return groups.size === size ? [] : await stepGroup(...look);
}
