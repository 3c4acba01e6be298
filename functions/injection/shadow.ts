import { errorName } from '../errors.ts';
import type { RawPod } from '../kubernetes/pod.ts';
import type { ChannelOutcome } from './mutate-by-channel.ts';
import type { Outcome } from './outcome.ts';

/** How the next channel, in shadow mode, would have done. Says nothing of the Pod but what the log line says. */
export interface ShadowResult {
  readonly channel: string;
  /**
   * `same`: reason, template versions and number of operations; `differs`: one of them; `failed`: it would have failed
   * or refused where what was served did not, or it threw; `skipped`: there was no time.
   */
  readonly result: 'same' | 'differs' | 'failed' | 'skipped';
  /** The reason code, or the name of the error that was thrown. */
  readonly reason?: string;
  /** `name@version` of all that would have been applied or failed. */
  readonly templates?: readonly string[];
  readonly operations?: number;
}

/**
 * Tries the next channel on a Pod that has been served the current one. Never throws, and changes nothing of what was
 * served.
 *
 * @param fresh the same Pod once more; asked for only when there is room
 * @param hasRoom whether the caller's time allows for it
 */
export function tryShadow(
  served: ChannelOutcome,
  fresh: () => RawPod,
  hasRoom: () => boolean,
): ShadowResult | undefined {
  const { shadow } = served;
  if (shadow === undefined) return undefined;
  const { channel } = shadow;
  try {
    if (!hasRoom()) return { channel, result: 'skipped' };
    return { channel, ...compare(served.outcome, shadow.attempt(fresh())) };
  } catch (error) {
    return { channel, result: 'failed', reason: errorName(error) };
  }
}

/** `name@version` of an outcome's templates, as the log line, the audit annotation and the command line say it. */
export function versionsOf({ templates }: Pick<Outcome, 'templates'>): readonly string[] {
  return templates.map((t) => `${t.name}@${t.version}`);
}

function compare(served: Outcome, tried: Outcome): Omit<ShadowResult, 'channel'> {
  const templates = versionsOf(tried);
  const operations = tried.operations.length;
  const isSame =
    tried.reason === served.reason &&
    operations === served.operations.length &&
    templates.join() === versionsOf(served).join();
  const isBad = ({ verdict }: Outcome): boolean => verdict === 'fail' || verdict === 'deny';
  const result = isBad(tried) && !isBad(served) ? 'failed' : isSame ? 'same' : 'differs';
  return { result, reason: tried.reason, templates, operations };
}
