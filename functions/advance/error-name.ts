/** The name of an error, for the log: a message may hold anything. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown error';
}
