/** Something that the user of a command can mend; its message says how. Printed without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError' as const;
}

/** The `code` of a file system error, e.g. `ENOENT`. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
