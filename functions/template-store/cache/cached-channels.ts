import { type Held, type HoldOptions, hold } from '../../http/cached-value.ts';
import type { Template } from '../../template/template.ts';
import type { TemplateStore } from '../store.ts';
import { type StoreTrouble, unreadable } from '../store-report.ts';
import { createAcceptance } from './acceptance.ts';

/** The templates of a channel, by name. */
export type Templates = ReadonlyMap<string, Template>;

/**
 * Holds the templates of every channel that is asked for, each channel once. A document that does not parse is reported
 * once per version and never replaces the last good one.
 */
export function holdChannels(
  store: TemplateStore,
  options: Omit<HoldOptions, 'onFailure'>,
  report: (trouble: StoreTrouble) => void,
): (channel: string) => Held<Templates> {
  const channels = new Map<string, Held<Templates>>();
  return (channel) => {
    const known = channels.get(channel);
    if (known !== undefined) return known;
    const accept = createAcceptance((name, why) => report({ what: 'template refused', name, why }));
    const made = hold(async (signal) => accept(await store.listTemplates(channel, signal)), {
      ...options,
      onFailure: unreadable(report, channel),
    });
    channels.set(channel, made);
    return made;
  };
}
