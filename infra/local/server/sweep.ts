import { endStagings } from '../../../functions/advance/end-staging.ts';
import { notifyAll } from '../../../functions/advance/notify.ts';
import { settleCanaries } from '../../../functions/advance/settle-canaries.ts';
import { type LookTools, lookAtAll } from '../../../functions/advance/step/look.ts';
import type { NotifyTools } from '../../../functions/notifications/notify-cluster.ts';
import type { SettleTools } from '../../../functions/releases/settle/settle-cluster.ts';

/** How often it is looked for canaries that the clock has changed, and for running releases: what is read is one small file. */
const SWEEP_EVERY_MS = 5_000;
/** The longest that one look may take. */
const SWEEP_MS = 5_000;

/**
 * Writes what the clock has changed of canaries (`Initialized`, and tombstones go) and moves running releases and tells of changes as `advance`
 * does in the cloud, by a timer, one look after the other. Keeps no process alive.
 *
 * @returns ends it; what is under way is waited for
 */
export function startSweeping(
  tools: SettleTools & {
    readonly listClusters: (signal: AbortSignal) => Promise<readonly string[]>;
    readonly looks: LookTools;
    readonly notify: NotifyTools;
  },
  everyMs = SWEEP_EVERY_MS,
): () => Promise<void> {
  let isEnded = false;
  let sweeping: Promise<void> = Promise.resolve();
  let timer = setTimeout(next, everyMs).unref();

  function next(): void {
    sweeping = sweep().then(() => {
      if (!isEnded) timer = setTimeout(next, everyMs).unref();
    });
  }

  async function sweep(): Promise<void> {
    const signal = AbortSignal.timeout(SWEEP_MS);
    // A folder that cannot be read is said by every request.
    const clusters = await tools.listClusters(signal).catch(() => []);
    if (isEnded) return;
    const looks: Promise<unknown>[] = [];
    await settleCanaries(tools, clusters, signal, (_, { running, staging }) => {
      if (isEnded) return;
      looks.push(lookAtAll(tools.looks, running, signal), endStagings(tools.looks, staging, signal));
    });
    await Promise.all(looks);
    if (!isEnded) await notifyAll(tools.notify, clusters, AbortSignal.timeout(SWEEP_MS));
  }

  return async () => {
    isEnded = true;
    clearTimeout(timer);
    await sweeping;
  };
}
