/** Whether suites take their long form: `npm run test:long`. */
export const IS_LONG = (process.env['OUTRIGGER_LONG'] ?? '') !== '';

/** One of two values of the same thing: what CI has time for, and what the long form does. */
export function lasting<T>(short: T, long: T): T {
  return IS_LONG ? long : short;
}
