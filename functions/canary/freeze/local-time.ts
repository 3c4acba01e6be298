/** One day, in milliseconds; of a calendar, where each has as much. */
export const DAY_MS = 86_400_000;

/** An area and a place of the IANA database, or `UTC`; offsets such as `+01:00` know no daylight saving time. */
const ZONE = /^[A-Za-z][A-Za-z0-9_+-]{0,31}(\/[A-Za-z0-9_+-]{1,32}){0,2}$/;

/** The IANA database has some 600 names; one clock has some 10 KB. */
const CLOCKS_MAX = 100;
const clocks = new Map<string, Intl.DateTimeFormat>();

/** Whether this is a time zone that this Node.js knows. */
export function isTimeZone(name: string): boolean {
  if (!ZONE.test(name)) return false;
  try {
    clockOf(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * What calendar and clock show in a time zone, as milliseconds since the epoch as if they were UTC's; to the second. Throws
 * RangeError for a zone that `isTimeZone` refuses.
 *
 * @param instant milliseconds since the epoch
 */
export function wallTimeAt(instant: number, zone: string): number {
  const parts = new Map(
    clockOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const of = (part: Intl.DateTimeFormatPartTypes): number => parts.get(part) ?? 0;
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
}

/**
 * When calendar and clock show this, in milliseconds since the epoch. As RFC 5545 §3.3.5 has it: a time that comes twice, when
 * clocks go back, is the first of both; one that is left out, when they go forward, counts by the offset before.
 *
 * @param wall as `wallTimeAt` gives it
 */
export function instantOf(wall: number, zone: string): number {
  // No zone changes its offset twice within two days.
  const before = offsetAt(wall - DAY_MS, zone);
  const after = offsetAt(wall + DAY_MS, zone);
  const fits = [wall - before, wall - after].filter((instant) => wallTimeAt(instant, zone) === wall);
  return fits.length === 0 ? wall - before : Math.min(...fits);
}

function offsetAt(instant: number, zone: string): number {
  return wallTimeAt(instant, zone) - instant;
}

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  // Which zones there are is for authors to choose; they are made again as they are asked for.
  if (clocks.size >= CLOCKS_MAX) clocks.clear();
  clocks.set(zone, made);
  return made;
}
