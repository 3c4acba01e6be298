import type { UnreadableCanary } from '../../canary/store.ts';
import type { HttpResult } from '../../http/result.ts';

/** Headers of a response have room for some KB. */
const SHOWN_MAX = 5;
const CHARACTERS_MAX = 300;

/**
 * The response with a warning for each canary that it lacks because it cannot be read, as kubectl shows them (RFC 7234
 * §5.5).
 */
export function warned(result: HttpResult, unreadable: readonly UnreadableCanary[]): HttpResult {
  if (unreadable.length === 0) return result;
  const sentences = unreadable.slice(0, SHOWN_MAX).map(({ why }) => why);
  const more = unreadable.length - sentences.length;
  return withWarnings(result, more > 0 ? [...sentences, `${more} more canaries cannot be read`] : sentences);
}

/** The response with warnings; each is cut to 300 characters of visible ASCII without quotes. */
export function withWarnings(result: HttpResult, sentences: readonly string[]): HttpResult {
  if (sentences.length === 0) return result;
  return { ...result, headers: { ...result.headers, warning: sentences.map(quoted).join(', ') } };
}

/** Names in a key may hold anything; a header may not. */
function quoted(sentence: string): string {
  return `299 - "${sentence.slice(0, CHARACTERS_MAX).replaceAll(/[^\x20-\x7e]|["\\]/g, '?')}"`;
}
