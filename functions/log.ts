import type { EventFields, EventValues, Exactly, Level, LogEvent } from './events/event.ts';
import type { MetricText } from './metrics.ts';

/** Writes one event of `events.ts` with its fields; the level is the event's first where none is named. */
export type Log = <F extends EventFields, L extends Level, V extends EventValues<F>>(
  event: LogEvent<F, L>,
  fields: Exactly<V, F>,
  level?: NoInfer<L>,
) => void;

/**
 * A log of one JSON object per line, as CloudWatch Logs reads it. A sink that fails never fails a request.
 *
 * @param write takes one line without its newline
 * @param now milliseconds since the epoch
 * @param extras further fields that a sink wants, e.g. `metricFields` for CloudWatch, as JSON text: `,"a":1` or none
 */
export function createLog(
  write: (line: string) => void,
  now: () => number,
  extras: (text: MetricText | undefined, timestamp: number) => string = () => '',
): Log {
  return ({ levels, message, text }, fields, level = levels[0]) => {
    try {
      const timestamp = now();
      const time = new Date(timestamp).toISOString();
      const line = JSON.stringify({ time, level, message, ...fields });
      write(`${line.slice(0, -1)}${extras(text, timestamp)}}`);
    } catch {
      // Nowhere is left to say it.
    }
  };
}
