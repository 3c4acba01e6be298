/** Values that a log line may hold: flat, and never a body, a path or a header. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Writes one event. */
export type Log = (level: 'info' | 'warn' | 'error', message: string, fields: LogFields) => void;

/**
 * A log of one JSON object per line, as CloudWatch Logs reads it. A sink that fails never fails a request.
 *
 * @param write takes one line without its newline
 * @param now milliseconds since the epoch
 */
export function createLog(write: (line: string) => void, now: () => number): Log {
  return (level, message, fields) => {
    try {
      write(JSON.stringify({ time: new Date(now()).toISOString(), level, message, ...fields }));
    } catch {
      // Nowhere is left to say it.
    }
  };
}
