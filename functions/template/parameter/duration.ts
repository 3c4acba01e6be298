const DURATION_PART = /([\d.]+)(ms|s|m|h)/g;
const UNIT_MS = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** The milliseconds of a text that is a duration. */
export function durationMs(text: string): number {
  let ms = 0;
  for (const [, digits, unit = ''] of text.matchAll(DURATION_PART)) ms += Number(digits) * (UNIT_MS.get(unit) ?? 0);
  return ms;
}
