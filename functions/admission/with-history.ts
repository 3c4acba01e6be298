import { TemplateStoreError } from '../errors.ts';
import { type FormerVersions, templatesInQuestion } from '../injection/apply/former.ts';
import type { ChannelOutcome } from '../injection/mutate-by-channel.ts';
import { withoutHistory } from '../injection/outcome.ts';
import { readStatus } from '../injection/status-annotation.ts';
import type { RawPod } from '../kubernetes/pod.ts';
import type { Template } from '../template/template.ts';

/**
 * A Pod that was injected before the templates moved on, by hand or by `outrigger inject`, brings what an earlier
 * version made. Only then (`needsHistory`) is the history read; the Pod's own word is no more than a hint where to look first.
 *
 * @param versionsOf throws TemplateStoreError where they cannot be read in time
 * @param again mutates the same Pod with what is known of earlier versions
 */
export async function withHistory(
  first: ChannelOutcome,
  pod: RawPod,
  versionsOf: ((name: string, hint: string | undefined) => Promise<readonly Template[]>) | undefined,
  again: (versions: FormerVersions) => ChannelOutcome,
): Promise<ChannelOutcome> {
  const { outcome } = first;
  if (versionsOf === undefined) return first;
  const hints = readStatus(pod).templates;
  try {
    const versions = await Promise.all(
      templatesInQuestion(pod, outcome.templates).map(
        async ({ name }) => [name, await versionsOf(name, hints.get(name)?.version)] as const,
      ),
    );
    return again(new Map(versions));
  } catch (error) {
    if (error instanceof TemplateStoreError) return { ...first, outcome: withoutHistory(outcome) };
    throw error;
  }
}
