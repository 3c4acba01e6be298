import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The header in which the page shows its token, in lower case. */
const CONSOLE_TOKEN_HEADER = 'x-outrigger-console';

/** Names by which a browser on this machine reaches it; any other was rebound to loopback. */
const OWN_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/;

/** Who counts as the console's own page: one start of it. */
export interface ConsoleAccess {
  /** 256 random bits, as base64url. */
  readonly token: string;
  /** Whether a Host header names this machine, port included. */
  isOwnHost(host: string | undefined): boolean;
  /** Whether a request comes from the page: its own Host, its own Origin or none, and the token. Header names in lower case. */
  isOwnPage(headers: Readonly<Record<string, string | undefined>>): boolean;
}

/** Makes the token of this start. @param scheme of the page's own origin */
export function createConsoleAccess(scheme: 'http' | 'https'): ConsoleAccess {
  const token = randomBytes(32).toString('base64url');
  const isOwnHost = (host: string | undefined): boolean => host !== undefined && OWN_HOST.test(host);
  return {
    token,
    isOwnHost,
    isOwnPage(headers) {
      const { host, origin, [CONSOLE_TOKEN_HEADER]: shown } = headers;
      const isOwnOrigin = origin === undefined || origin === `${scheme}://${host}`;
      return isOwnHost(host) && isOwnOrigin && shown !== undefined && isSameSecret(shown, token);
    },
  };
}

/** Whether two secrets are the same: compared by hashes of equal length, in constant time. */
export function isSameSecret(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}
