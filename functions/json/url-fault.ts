/** Of a URL; query strings of Prometheus are sent in bodies. */
const URL_CHARACTERS_MAX = 2_048;

/**
 * Why a URL can never be called, whatever a policy lists; undefined where one could allow it. For the parser of a canary,
 * which knows no cluster record.
 */
export function urlFault(text: string): string | undefined {
  if (text.length > URL_CHARACTERS_MAX) return `must have at most ${URL_CHARACTERS_MAX} characters`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'must be an https URL';
  if (url.username !== '' || url.password !== '') return 'must hold no user and password: name a secret with secretRef';
  return url.hash === '' ? undefined : 'must have no fragment';
}
