import type { EventFields, EventValues, Exactly, Level, LogEvent } from './events/event.ts';
import type { MetricText } from './events/metrics.ts';

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
  const timeOf = createTimes();
  return ({ levels, message, text }, fields, level = levels[0]) => {
    try {
      const timestamp = now();
      const time = timeOf(timestamp);
      // The fields, most of the line, are not copied once more to put three before them.
      const rest = JSON.stringify(fields).slice(1, -1);
      const head = `{"time":"${time}","level":"${level}","message":${JSON.stringify(message)}`;
      write(`${head}${rest === '' ? '' : ','}${rest}${extras(text, timestamp)}}`);
    } catch {
      // Nowhere is left to say it.
    }
  };
}

/** Writes times as `toISOString` does; of a second that was written before only the milliseconds are written again. */
function createTimes(): (timestamp: number) => string {
  let second = Number.NaN;
  let before = '';
  return (timestamp) => {
    const ms = timestamp % 1_000;
    // Not a whole number, or before 1970.
    if (!(Number.isInteger(ms) && ms >= 0)) return new Date(timestamp).toISOString();
    if (timestamp - ms !== second) {
      before = new Date(timestamp).toISOString().slice(0, -'000Z'.length);
      second = timestamp - ms;
    }
    return `${before}${String(ms).padStart(3, '0')}Z`;
  };
}
