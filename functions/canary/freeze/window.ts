import { DAY_MS, instantOf, wallTimeAt } from './local-time.ts';
import { type Day, dayOf, occursOn } from './occurs-on.ts';
import { parseRecurrence, type Recurrence } from './recurrence.ts';

/** When a freeze is in force, as a document writes it (`fields.ts`). */
export interface FreezeWindow {
  /** `2026-12-24T18:00` or with seconds, on the clocks of the time zone. */
  readonly start: string;
  /** Days of the calendar, then time by the clock: `62h`, `2d12h`. */
  readonly duration: string;
  /** A name of the IANA database. */
  readonly timeZone: string;
  /** An RRULE, in what `parseRecurrence` takes of it. */
  readonly recurrence?: string;
}

/** How far behind the first occurrence the last one of COUNT may be: what is counted at every look. */
const COUNTED_YEARS_MAX = 10;

const START = /^(20\d{2})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?$/;
const DURATION = /^(?=\d)(?:(\d{1,2})d)?(?:(\d{1,3})h)?(?:(\d{1,5})m)?(?:(\d{1,7})s)?$/;

/** A duration: days of the calendar, and what comes on top in milliseconds. */
export interface Duration {
  readonly days: number;
  readonly ms: number;
}

/** The wall time that a `start` means; undefined where it means none. */
export function readStart(start: string): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (START.exec(start) ?? [])
    .slice(1)
    .map((part) => Number(part ?? 0));
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  // What no calendar and no clock shows is moved by Date.
  return year > 0 && new Date(wall).toISOString().startsWith(start) ? wall : undefined;
}

/** A duration; undefined where the text is none. */
export function readDuration(text: string): Duration | undefined {
  const found = DURATION.exec(text);
  if (found === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((part) => Number(part ?? 0));
  return { days, ms: ((hours * 60 + minutes) * 60 + seconds) * 1_000 };
}

/**
 * The end of the occurrence of a window that holds at a moment, the newest where several do; undefined where none does. Both in
 * milliseconds since the epoch. A window that cannot be read holds at no moment: `fields.ts` lets none in.
 */
export function endOfWindow(window: FreezeWindow, now: number): number | undefined {
  const start = readStart(window.start);
  const duration = readDuration(window.duration);
  if (start === undefined || duration === undefined) return undefined;
  const first = dayOf(start);
  const today = dayOf(wallTimeAt(now, window.timeZone));
  const rule = ruleOf(window);
  // One day more than it lasts: in the night it may have begun on the day before.
  const last = Math.max(first, today - duration.days - Math.ceil(duration.ms / DAY_MS) - 1);
  for (let day = today; day >= last; day--) {
    if (rule === undefined ? day !== first : !occursOn(day, first, rule)) continue;
    const wall = start + (day - first) * DAY_MS;
    if (isSurelyBehindEnd({ day, wall }, first, rule)) continue;
    const end = instantOf(wall + duration.days * DAY_MS, window.timeZone) + duration.ms;
    const begin = instantOf(wall, window.timeZone);
    if (begin <= now && now < end && isBeforeEnd({ day, wall, begin }, first, rule)) return end;
  }
  return undefined;
}

/** What is wrong with a window whose fields are right each, by its field; undefined where nothing is. */
export function windowFault(
  window: FreezeWindow,
): { readonly field: 'start' | 'recurrence'; readonly message: string } | undefined {
  const start = readStart(window.start);
  const rule = ruleOf(window);
  if (start === undefined || rule === undefined) return undefined;
  const first = dayOf(start);
  const occurrence = { day: first, wall: start, begin: instantOf(start, window.timeZone) };
  if (!occursOn(first, first, rule) || !isBeforeEnd(occurrence, first, rule)) {
    const message = 'must be the first occurrence of its recurrence: RFC 5545 leaves open what another one means';
    return { field: 'start', message };
  }
  if (rule.count === undefined || lastDayOf(first, rule) !== undefined) return undefined;
  return { field: 'recurrence', message: `COUNT must be reached within ${COUNTED_YEARS_MAX} years; take UNTIL` };
}

function ruleOf({ recurrence }: FreezeWindow): Recurrence | undefined {
  const read = recurrence === undefined ? undefined : parseRecurrence(recurrence);
  return read !== undefined && 'recurrence' in read ? read.recurrence : undefined;
}

/** Whether COUNT and UNTIL still let a window begin then. */
function isBeforeEnd(
  { day, wall, begin }: { readonly day: Day; readonly wall: number; readonly begin: number },
  first: Day,
  rule: Recurrence | undefined,
): boolean {
  if (rule?.count !== undefined) return day <= (lastDayOf(first, rule) ?? Number.POSITIVE_INFINITY);
  if (rule?.until === undefined) return true;
  return 'date' in rule.until ? dayOf(wall) <= dayOf(rule.until.date) : begin <= rule.until.instant;
}

/** What needs no look at a time zone, which takes some 50 µs: a window may have had its last occurrence years ago. */
function isSurelyBehindEnd(
  { day, wall }: { readonly day: Day; readonly wall: number },
  first: Day,
  rule: Recurrence | undefined,
): boolean {
  if (rule?.until === undefined) return !isBeforeEnd({ day, wall, begin: wall }, first, rule);
  // No time zone is a day ahead of UTC.
  return 'instant' in rule.until && wall - DAY_MS > rule.until.instant;
}

/** Last days by rule and first day: finding one takes up to some 5 ms, and every look asks for it. */
const lastDays = new Map<string, Day | undefined>();
const LAST_DAYS_MAX = 1_000;

/** The day of the last of COUNT occurrences; undefined where they are not over within `COUNTED_YEARS_MAX`. */
function lastDayOf(first: Day, rule: Recurrence): Day | undefined {
  const key = `${first} ${JSON.stringify(rule)}`;
  if (lastDays.has(key)) return lastDays.get(key);
  const last = countOccurrences(first, rule);
  if (lastDays.size >= LAST_DAYS_MAX) lastDays.clear();
  lastDays.set(key, last);
  return last;
}

function countOccurrences(first: Day, rule: Recurrence): Day | undefined {
  const { count = 0 } = rule;
  let found = 0;
  for (let day = first; day <= first + COUNTED_YEARS_MAX * 366; day++) {
    if (occursOn(day, first, rule)) found++;
    if (found === count) return day;
  }
  return undefined;
}
