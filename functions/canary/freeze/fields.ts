import { isRecord } from '../../json/faults.ts';
import { list, object, text } from '../../json/schema/build.ts';
import type { Place } from '../../json/schema/schema.ts';
import { REASON } from '../document/parse-weights.ts';
import { DAY_MS, isTimeZone } from './local-time.ts';
import { parseRecurrence } from './recurrence.ts';
import { readDuration, readStart, windowFault } from './window.ts';

const WINDOWS_MAX = 20;
/** Of one freeze: where they end is counted out, day by day, by everyone who reads it. */
const COUNTED_MAX = 2;
const RECURRENCE_CHARACTERS_MAX = 256;
const DURATION_DAYS_MAX = 31;
const MINUTE_MS = 60_000;
const WRONG_DURATION = `must be a time from 1m to ${DURATION_DAYS_MAX}d in days, hours, minutes and seconds, such as 62h or 2d12h`;
const WRONG_START = 'must be a local date and time from 2000 to 2099 such as 2026-12-24T18:00, without an offset';
const WRONG_ZONE = 'must be the name of a time zone such as Europe/Berlin or UTC';
const WRONG_WINDOWS = `must be a list of 1 to ${WINDOWS_MAX} windows {start, duration, timeZone, recurrence}; without windows leave it out`;
/** RFC 3339. */
const TIME = /^(20\d{2}-\d{2}-\d{2}T)([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,3})?(Z|[+-]\d{2}:\d{2})$/;
const WRONG_TIME = 'must be a time of RFC 3339 such as 2026-12-24T18:00:00Z or 2026-12-24T18:00:00+01:00';

const WINDOW = object(
  {
    /** When it begins first, on the clocks of the time zone: `2026-12-24T18:00`. Of a recurrence it is the first occurrence. */
    start: checked(isStart, WRONG_START, {}),
    /** How long it lasts, from 1m to 31d: days of the calendar, then time by the clock: `62h`, `2d12h`. A day is as long as the clocks make it. */
    duration: checked(isDuration, WRONG_DURATION, {}),
    /** A name of the IANA database: `Europe/Berlin`, `UTC`. */
    timeZone: checked(isTimeZone, WRONG_ZONE, {}),
    /** How it comes again, as an RRULE of RFC 5545: `FREQ=WEEKLY;BYDAY=FR`. Of its parts FREQ (DAILY, WEEKLY, MONTHLY, YEARLY), INTERVAL, BYDAY, BYMONTHDAY, BYMONTH, COUNT and UNTIL. Without it the window comes once. */
    recurrence: text({
      maxLength: RECURRENCE_CHARACTERS_MAX,
      rule: checkRecurrence,
      optional: true,
    }),
  },
  { rule: checkWindow },
);

/** `spec` of a freeze: why, and when. */
export const FREEZE_SPEC = object(
  {
    /** Why, for those who meet it: 1 to 256 printable characters on one line. */
    reason: text({ pattern: REASON, message: 'must be 1 to 256 printable characters on one line' }),
    /** When the freeze is over, windows or not. Without it the freeze lasts until it is deleted. */
    until: checked(isTime, WRONG_TIME, { optional: true }),
    /** When it is in force. Without windows it is from now on. At most 20, of which two have a COUNT. */
    windows: list(WINDOW, { min: 1, max: WINDOWS_MAX, message: WRONG_WINDOWS, optional: true, rule: fewCounted }),
  },
  {},
);

/** A text that a function accepts. */
/* @__NO_SIDE_EFFECTS__ */
function checked<const More extends { readonly optional?: true }>(
  isGood: (text: string) => boolean,
  message: string,
  more: More,
) {
  const rule = (value: unknown, { check, path }: Place): unknown => {
    if (typeof value === 'string' && !isGood(value)) check.fault(path, message);
    return value;
  };
  return text({ wrongType: message, rule, ...more });
}

function isStart(value: string): boolean {
  return readStart(value) !== undefined;
}

function isDuration(value: string): boolean {
  const duration = readDuration(value);
  const ms = duration === undefined ? 0 : duration.days * DAY_MS + duration.ms;
  return ms >= MINUTE_MS && ms <= DURATION_DAYS_MAX * DAY_MS;
}

/** A day that no month has is moved by Date. */
function isTime(value: string): boolean {
  if (!TIME.test(value)) return false;
  const day = value.slice(0, 'YYYY-MM-DD'.length);
  const read = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(Date.parse(value)) && !Number.isNaN(read) && new Date(read).toISOString().startsWith(day);
}

function checkRecurrence(value: unknown, { check, path }: Place): unknown {
  if (typeof value !== 'string' || value.length > RECURRENCE_CHARACTERS_MAX) return value;
  const read = parseRecurrence(value);
  if ('fault' in read) check.fault(path, read.fault);
  return value;
}

function fewCounted(windows: unknown, { check, path }: Place): unknown {
  const list: readonly unknown[] = Array.isArray(windows) ? windows : [];
  const isCounted = (window: unknown): boolean => isRecord(window) && /\bCOUNT=/.test(String(window['recurrence']));
  if (list.filter(isCounted).length > COUNTED_MAX) {
    check.fault(path, `at most ${COUNTED_MAX} windows may have a COUNT; take UNTIL for the others`);
  }
  return windows;
}

/** What only the fields together show, where each is right. */
function checkWindow(window: unknown, { check, path }: Place): unknown {
  const isFaulty = check.faults.some((fault) => fault.path.startsWith(`${path}.`));
  if (isFaulty || !isRecord(window)) return window;
  const { start, duration, timeZone, recurrence } = window;
  if (typeof start !== 'string' || typeof duration !== 'string' || typeof timeZone !== 'string') return window;
  const rest = typeof recurrence === 'string' ? { recurrence } : {};
  const fault = windowFault({ start, duration, timeZone, ...rest });
  if (fault !== undefined) check.fault(`${path}.${fault.field}`, fault.message);
  return window;
}
