import type { ProxyIdentity } from '../identity/proxy-identity.ts';
import type { Poll } from './poll.ts';
import type { Served } from './served-answers.ts';

/** More of one namespace are not remembered: what they send is in each poll of theirs. */
const HEARD_MAX = 10_000;

/**
 * The pause in milliseconds of a proxy that runs the current routes and sends nothing to what moves in its namespace, so that it
 * may ask as seldom as at rest: it reports what it counts, has sent no request while the releases measured stable, and none
 * since its last poll. One that is heard to call is a caller from then on. Undefined for all others.
 */
export function quietPauseMs({ key }: ProxyIdentity, poll: Poll, { answers, quiet }: Served): number | undefined {
  const { figures, version } = poll;
  if (quiet === undefined || figures === undefined || figures.refused > 0 || quiet.callers.has(key)) return undefined;
  if (figures.reports.some(({ targets }) => targets.size > 0)) {
    if (quiet.callers.size < HEARD_MAX) quiet.callers.add(key);
    return undefined;
  }
  // Without a report nothing was counted yet.
  const isHeard = figures.reports.length > 0 && version === answers.direct.routes.version;
  return isHeard ? quiet.pauseMs : undefined;
}
