import type { Canary, Release } from '../../canary/canary.ts';
import type { Move } from '../../canary/steps/moves.ts';
import { BASELINE } from '../../canary/steps/release.ts';
import { copyOf } from '../../canary/workloads/template-copy.ts';
import { isUnreadable, type SeenWorkloads, type TemplateWriter, titleOf } from '../../canary/workloads/workload.ts';
import { templateCopied } from '../../events.ts';
import type { ReleaseCall } from '../../releases/call.ts';

/** The workloads of a release as they were seen, and what writes them; undefined where nothing may be written. */
interface Copying {
  readonly release: Release;
  readonly seen: SeenWorkloads | undefined;
  readonly writer: TemplateWriter | undefined;
}

/** Why promotion `Copy` could not be done at the end, asked before the first step without a change; undefined where it could, or is not asked. */
export async function rehearseCopy(call: ReleaseCall, copying: Copying): Promise<string | undefined> {
  const { currentStepIndex, workloads } = copying.release;
  if (currentStepIndex !== BASELINE || workloads?.promotion !== 'Copy') return undefined;
  const written = await writeCopy(call, copying, true);
  return typeof written === 'string' ? undefined : written.unwritable;
}

/**
 * Gives stable's workload the Pod template of the canary's. It may be done twice, by two at once, and end anywhere: the API server
 * takes one for each version of the workload. What was written since the look, an abort above all, stops it. Throws CanaryStoreError.
 *
 * @returns what the release waits for then: the next look sees what came of it
 */
export async function copyTemplate(
  call: ReleaseCall,
  looked: Canary,
  copying: Copying,
  sentence: string,
): Promise<Move> {
  const current = await call.tools.store.getCanary(call.key, call.signal);
  if (current?.metadata.resourceVersion !== looked.metadata.resourceVersion) {
    return wait('StableDiffers', sentence);
  }
  const written = await writeCopy(call, copying, false);
  if (written === 'changed') return wait('StableDiffers', sentence);
  if (written !== 'written') return wait('WorkloadUnwritable', written.unwritable);
  const { cluster, namespace, name } = call.key;
  call.tools.log(templateCopied, { cluster, namespace, name });
  const title = copying.release.workloads === undefined ? 'stable' : titleOf(copying.release.workloads.stable);
  return wait('StablePodsNotReady', `${title} has the canary's Pod template now, and rolls it out`);
}

async function writeCopy(
  { key, signal }: ReleaseCall,
  { release, seen, writer }: Copying,
  isRehearsal: boolean,
): ReturnType<TemplateWriter['write']> {
  const { workloads } = release;
  if (writer === undefined) return { unwritable: 'this program writes no workloads' };
  // What cannot be read is waited for already.
  if (workloads === undefined || seen === undefined) return 'changed';
  const { stable, canary } = seen;
  if (isUnreadable(stable) || isUnreadable(canary)) return 'changed';
  const { cluster, namespace } = key;
  const target = { cluster, namespace, ref: workloads.stable };
  return await writer.write(target, stable, copyOf(stable.podTemplate, canary.podTemplate), isRehearsal, signal);
}

function wait(reason: string, sentence: string): Move {
  return { move: 'wait', wait: { reason, sentence } };
}
