import { HOSTS_TARGETS_MAX } from './parse/parse-hosts.ts';

/** Names the targets whose figures a proxy is to send; absent: it stops. */
export const FIGURES_HEADER = 'x-outrigger-figures';
/** Names the targets whose hosts it is to send. */
export const HOSTS_HEADER = 'x-outrigger-hosts';
/** How long a proxy is asked for the hosts of the same targets where there are too many: each asks once in it. */
export const TURN_MS = 60_000;

/** The headers that ask for the figures, and for the hosts, of targets by their names. */
export function headersOf(figures: readonly string[], hosts: readonly string[]): Readonly<Record<string, string>> {
  return {
    ...(figures.length === 0 ? {} : { [FIGURES_HEADER]: figures.join(' ') }),
    ...(hosts.length === 0 ? {} : { [HOSTS_HEADER]: hosts.join(' ') }),
  };
}

/** Twenty at a time, others in the next minute. @param now milliseconds since the epoch */
export function inTurn(names: readonly string[], now: number): readonly string[] {
  if (names.length <= HOSTS_TARGETS_MAX) return names;
  const turns = Math.ceil(names.length / HOSTS_TARGETS_MAX);
  const first = (Math.floor(now / TURN_MS) % turns) * HOSTS_TARGETS_MAX;
  return names.slice(first, first + HOSTS_TARGETS_MAX);
}

/** When others have their turn. @param now milliseconds since the epoch */
export function turnEnd(now: number): number {
  return (Math.floor(now / TURN_MS) + 1) * TURN_MS;
}
