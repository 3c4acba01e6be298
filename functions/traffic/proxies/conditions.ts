import type { CanaryCondition } from '../../canary/canary.ts';
import type { Tally } from './who-counts.ts';

/** A condition of what the proxies do, as `kubectl` shows them: found when it is asked for, hence without a transition. */
export type ProxyCondition = Pick<CanaryCondition, 'type' | 'status' | 'reason' | 'message'>;

/** What is known of the proxies of a canary. */
export interface ProxyFindings {
  readonly confirmed: boolean;
  /** Of the proxies that decide. */
  readonly deciding: Tally;
  /** Whether the routes of the write are not served yet. */
  readonly isAhead: boolean;
  /** Whether every proxy that lives has had the time to poll since. */
  readonly isDue: boolean;
  /** Namespaces of the proxies that see it where none of them counts. */
  readonly uncounted: readonly string[];
}

/** Namespaces that a message names. */
const NAMESPACES_SHOWN_MAX = 10;

/** `Confirmed`, with the reason why not, and `NoCountedCallers`. */
export function proxyConditions(findings: ProxyFindings): readonly ProxyCondition[] {
  const { reason, message } = whyOf(findings);
  const confirmed = { type: 'Confirmed', status: findings.confirmed ? 'True' : 'False', reason, message } as const;
  return [confirmed, callersCondition(findings)];
}

function whyOf({ confirmed, deciding, isAhead, isDue }: ProxyFindings): Pick<ProxyCondition, 'reason' | 'message'> {
  const { seen, converged, rejected } = deciding;
  const share = `${converged} of ${seen} proxies run it`;
  if (confirmed) return { reason: 'Converged', message: seen === 0 ? 'found so before' : share };
  if (isAhead) return { reason: 'NotServed', message: 'proxies are still learning it; its routes are not served yet' };
  if (seen === 0) {
    const message = 'no proxy that sees the canary has polled lately; weights can be set, but no proxy confirms them';
    return { reason: 'NoProxies', message };
  }
  if (rejected > 0) return { reason: 'Rejected', message: `${rejected} of ${seen} proxies refused its routes` };
  if (!isDue) return { reason: 'Waiting', message: `${share}; not all have had the time to poll` };
  return { reason: 'Lagging', message: share };
}

function callersCondition({ uncounted, deciding }: ProxyFindings): ProxyCondition {
  const type = 'NoCountedCallers';
  if (uncounted.length > 0) return { type, status: 'True', reason: 'NotNamed', message: callersMessage(uncounted) };
  if (deciding.seen === 0) return { type, status: 'Unknown', reason: 'NoProxies', message: 'no proxy is known' };
  const message = 'proxies of its own namespace, or of one that spec.exportTo names, see it';
  return { type, status: 'False', reason: 'Counted', message };
}

/** Which namespaces call, and what to do to make them count. */
function callersMessage(namespaces: readonly string[]): string {
  const shown = namespaces.slice(0, NAMESPACES_SHOWN_MAX);
  const more = namespaces.length - shown.length;
  const names = `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  // A warning is cut at its end: what to do comes first.
  const how = `name the callers in spec.exportTo, e.g. [*, ${namespaces[0]}]`;
  return `none of the proxies that see it can hold the release back; ${how}; there are proxies in: ${names}`;
}
