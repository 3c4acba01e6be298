import type { TemplateStore } from '../../functions/template-store/store.ts';

/** Names in one message. */
const NAMES_SHOWN_MAX = 10;

/**
 * For a message about a cluster without a record, which was perhaps mistyped: `; there are records of eu1, us1`. Empty
 * where there are none, and where they cannot be listed: that must not take the place of what is wrong.
 */
export async function knownClusters(store: TemplateStore, signal: AbortSignal): Promise<string> {
  const names = await store.listClusters(signal).catch(() => []);
  if (names.length === 0) return '';
  const more = names.length > NAMES_SHOWN_MAX ? `, and ${names.length - NAMES_SHOWN_MAX} more` : '';
  return `; there are records of ${names.toSorted().slice(0, NAMES_SHOWN_MAX).join(', ')}${more}`;
}
