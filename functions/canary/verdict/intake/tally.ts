/** How often values came: rising values with two significant digits, so that there are at most some 90 in a decade. */
export type Tally = readonly (readonly [value: number, count: number])[];

/** Adds to a tally; the value is rounded down. */
export function put(tally: Tally, value: number, count: number): Tally {
  const rounded = roundDown(value);
  const at = tally.findIndex(([other]) => other >= rounded);
  const found = at === -1 ? undefined : tally[at];
  if (found?.[0] === rounded) return tally.with(at, [rounded, found[1] + count]);
  return tally.toSpliced(at === -1 ? tally.length : at, 0, [rounded, count]);
}

/** A whole number with two significant digits at most, not above the value. */
function roundDown(value: number): number {
  const unit = unitOf(value);
  return Math.floor(value / unit) * unit;
}

/** How far apart values of that size are: 1 below 100, 10 below 1,000. */
export function unitOf(value: number): number {
  let unit = 1;
  while (value >= 100 * unit) unit *= 10;
  return unit;
}
