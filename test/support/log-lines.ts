import type { Log } from '../../functions/log.ts';

/** A log that keeps its lines as level, message and fields. */
export function collectLog(): { readonly log: Log; readonly lines: readonly unknown[] } {
  const lines: unknown[] = [];
  const log: Log = ({ message, levels }, fields, level = levels[0]) => void lines.push([level, message, fields]);
  return { log, lines };
}
