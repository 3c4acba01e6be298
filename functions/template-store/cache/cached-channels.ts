import { type CachedValue, type CachedValueOptions, cacheValue } from '../../http/cached-value.ts';
import type { Template } from '../../template/template.ts';
import type { TemplateStore } from '../store.ts';
import { type StoreProblem, unreadable } from '../store-problem.ts';
import { createAcceptance } from './acceptance.ts';

/** The templates of a channel, by name. */
export type Templates = ReadonlyMap<string, Template>;

/**
 * Caches the templates of every channel that is asked for, each channel once. A document that does not parse is reported
 * once per version and never replaces the last good one.
 */
export function cacheChannels(
  store: TemplateStore,
  options: Omit<CachedValueOptions, 'onFailure'>,
  report: (problem: StoreProblem) => void,
): (channel: string) => CachedValue<Templates> {
  const channels = new Map<string, CachedValue<Templates>>();
  return (channel) => {
    const known = channels.get(channel);
    if (known !== undefined) return known;
    const accept = createAcceptance((name, why) => report({ what: 'template refused', name, why }));
    const made = cacheValue(async (signal) => accept(await store.listTemplates(channel, signal)), {
      ...options,
      onFailure: unreadable(report, channel),
    });
    channels.set(channel, made);
    return made;
  };
}
