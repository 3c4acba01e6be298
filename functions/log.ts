/** Values that a log line may hold: flat, and never a body, a path or a header. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Writes one event. */
export type Log = (level: 'info' | 'warn' | 'error', message: string, fields: LogFields) => void;

/**
 * A log of one JSON object per line, as CloudWatch Logs reads it. A sink that fails never fails a request.
 *
 * @param write takes one line without its newline
 * @param now milliseconds since the epoch
 * @param extras further fields that a sink wants, e.g. those of CloudWatch's metrics, as JSON text: `,"a":1` or none
 */
export function createLog(
  write: (line: string) => void,
  now: () => number,
  extras: (message: string, timestamp: number) => string = () => '',
): Log {
  return (level, message, fields) => {
    try {
      const timestamp = now();
      const time = new Date(timestamp).toISOString();
      // The fields, most of the line, are not copied once more to put three before them.
      const rest = JSON.stringify(fields).slice(1, -1);
      const head = `{"time":"${time}","level":"${level}","message":${JSON.stringify(message)}`;
      write(`${head}${rest === '' ? '' : ','}${rest}${extras(message, timestamp)}}`);
    } catch {
      // Nowhere is left to say it.
    }
  };
}
